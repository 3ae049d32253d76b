using OrleansTwitterProxy.Core.Circuit;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>Whose fault a call's end was: the one place that decides what counts against X's circuit.</summary>
public static class FaultClassifier
{
    /// <summary>
    /// 5xx, connect failures, timeouts and broken connections count against X. Every other answer shows X alive, also 4xx, 402 and 429.
    /// A caller that hangs up says nothing about X.
    /// </summary>
    public static CallOutcome Classify(UpstreamFault fault, int status) => fault switch
    {
        UpstreamFault.Cancelled => CallOutcome.Unknown,
        UpstreamFault.None or UpstreamFault.TooLarge => status >= 500 ? CallOutcome.Faulted : CallOutcome.Healthy,
        _ => CallOutcome.Faulted,
    };

    /// <summary>Whether X may have acted on the call: only then does repeating a write risk doing it twice.</summary>
    public static bool MayHaveActed(UpstreamFault fault) => fault is not UpstreamFault.Connect;
}
