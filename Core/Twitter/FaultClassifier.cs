using OrleansTwitterProxy.Core.Circuit;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>Classifies the end of a call: the only place that decides what counts against X's circuit.</summary>
public static class FaultClassifier
{
    /// <summary>
    /// 5xx, connect failures, timeouts and broken connections count against X. Every other response shows that X works, also 4xx, 402 and
    /// 429. A call that took X too long counts as failed, however it ended; otherwise a caller that disconnects shows nothing about X.
    /// </summary>
    /// <param name="fault">How the call ended.</param>
    /// <param name="status">X's status; 0 for no response.</param>
    /// <param name="elapsed">How long X took, or had taken when the caller disconnected.</param>
    /// <param name="slow">The duration from which on a call is too long.</param>
    public static CallOutcome Classify(UpstreamFault fault, int status, TimeSpan elapsed, TimeSpan slow) =>
        fault switch
        {
            _ when elapsed >= slow => CallOutcome.Faulted,
            UpstreamFault.Cancelled => CallOutcome.Unknown,
            UpstreamFault.None or UpstreamFault.TooLarge => status >= 500 ? CallOutcome.Faulted : CallOutcome.Healthy,
            _ => CallOutcome.Faulted,
        };

    /// <summary>Whether X may have acted on the call: only then can repeating a write perform it twice.</summary>
    public static bool MayHaveActed(UpstreamFault fault) => fault is not UpstreamFault.Connect;

    /// <summary>
    /// Whether repeating the call may help and is safe: a safe method after a temporary fault; a write only if X has certainly not received
    /// it. A refusal (401, 402, 403, 429 and the like) is a response, not a fault.
    /// </summary>
    public static bool MayRepeat(UpstreamFault fault, int status, bool isSafe) =>
        fault switch
        {
            UpstreamFault.Connect => true,
            UpstreamFault.Timeout or UpstreamFault.Broken => isSafe,
            UpstreamFault.None => isSafe && IsTemporary(status),
            _ => false,
        };

    /// <summary>X's own failures, and those of its edge when it does not reach X (Cloudflare: 520 to 530).</summary>
    private static bool IsTemporary(int status) => status is 500 or 502 or 503 or 504 or (>= 520 and <= 530);
}
