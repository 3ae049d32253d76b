using OrleansTwitterProxy.Core.Circuit;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>Whose fault a call's end was: the one place that decides what counts against X's circuit.</summary>
public static class FaultClassifier
{
    /// <summary>
    /// 5xx, connect failures, timeouts and broken connections count against X. Every other answer shows X alive, also 4xx, 402 and 429.
    /// A call that X took too long over counts as failed, however it ended; else a caller that hangs up says nothing about X.
    /// </summary>
    /// <param name="fault">How sending the call ended.</param>
    /// <param name="status">X's status; 0 without one.</param>
    /// <param name="elapsed">How long X took, or had taken when the caller hung up.</param>
    /// <param name="slow">From when on that is too long.</param>
    public static CallOutcome Classify(UpstreamFault fault, int status, TimeSpan elapsed, TimeSpan slow) =>
        fault switch
        {
            _ when elapsed >= slow => CallOutcome.Faulted,
            UpstreamFault.Cancelled => CallOutcome.Unknown,
            UpstreamFault.None or UpstreamFault.TooLarge => status >= 500 ? CallOutcome.Faulted : CallOutcome.Healthy,
            _ => CallOutcome.Faulted,
        };

    /// <summary>Whether X may have acted on the call: only then does repeating a write risk doing it twice.</summary>
    public static bool MayHaveActed(UpstreamFault fault) => fault is not UpstreamFault.Connect;

    /// <summary>
    /// Whether sending the call again may help and cannot harm: what is safe, on faults that pass; a write only when X provably never saw
    /// it. A refusal (401, 402, 403, 429 and the like) is an answer, and no fault.
    /// </summary>
    public static bool MayRepeat(UpstreamFault fault, int status, bool isSafe) =>
        fault switch
        {
            UpstreamFault.Connect => true,
            UpstreamFault.Timeout or UpstreamFault.Broken => isSafe,
            UpstreamFault.None => isSafe && status is (500 or 502 or 503 or 504),
            _ => false,
        };
}
