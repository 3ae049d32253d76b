using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Forwarding;

/// <summary>X's answer, unchanged, or the proxy's refusal; never both.</summary>
public sealed record ForwardResponse
{
    /// <summary>Set when the proxy refused or could not reach X; then every other member but the windows and timings is empty.</summary>
    public Rejection? Rejection { get; init; }

    /// <summary>X's status code.</summary>
    public int Status { get; init; }

    /// <summary>X's response headers that passed the allow-list.</summary>
    public IReadOnlyList<HeaderField> Headers { get; init; } = [];

    /// <summary>X's body, byte for byte, still encoded as X encoded it.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The windows of the endpoint after this call, for the RateLimit headers.</summary>
    public IReadOnlyList<WindowSnapshot> Windows { get; init; } = [];

    /// <summary>Where the time went, for Server-Timing.</summary>
    public CallTimings Timings { get; init; }

    public static ForwardResponse Rejected(Rejection rejection) => new() { Rejection = rejection };
}

/// <summary>The parts of a call's time inside the engine.</summary>
/// <param name="Refresh">Waiting for the token refresh.</param>
/// <param name="Upstream">Waiting for X, all attempts together.</param>
/// <param name="Queue">Waiting for a window to have room.</param>
/// <param name="Circuit">Asking whether X is well: nothing while it is, a message to the singleton for a probe.</param>
public readonly record struct CallTimings(TimeSpan Refresh, TimeSpan Upstream, TimeSpan Queue = default, TimeSpan Circuit = default)
{
    /// <summary>All parts together.</summary>
    public TimeSpan Sum => Refresh + Upstream + Queue + Circuit;
}
