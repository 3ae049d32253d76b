using Orleans;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Forwarding;

/// <summary>X's answer, unchanged, or the proxy's refusal; never both.</summary>
[GenerateSerializer, Immutable, Alias("otp.ForwardResponse")]
public sealed record ForwardResponse
{
    /// <summary>Set when the proxy refused or could not reach X; then every other member but the windows and timings is empty.</summary>
    [Id(0)]
    public Rejection? Rejection { get; init; }

    /// <summary>X's status code.</summary>
    [Id(1)]
    public int Status { get; init; }

    /// <summary>X's response headers that passed the allow-list.</summary>
    [Id(2)]
    public HeaderField[] Headers { get; init; } = [];

    /// <summary>X's body, byte for byte, still encoded as X encoded it.</summary>
    [Id(3)]
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The windows of the endpoint after this call, for the RateLimit headers.</summary>
    [Id(4)]
    public WindowSnapshot[] Windows { get; init; } = [];

    /// <summary>Where the time went, for Server-Timing.</summary>
    [Id(5)]
    public CallTimings Timings { get; init; }

    public static ForwardResponse Rejected(Rejection rejection) => new() { Rejection = rejection };
}

/// <summary>The parts of a call's time inside the engine.</summary>
/// <param name="Refresh">Waiting for the token refresh.</param>
/// <param name="Upstream">Waiting for X, all attempts together.</param>
/// <param name="Queue">Waiting for a window to have room.</param>
/// <param name="Circuit">Asking whether X is well: nothing while it is, a message to the singleton for a probe.</param>
[GenerateSerializer, Immutable, Alias("otp.CallTimings")]
public readonly record struct CallTimings(
    [property: Id(0)] TimeSpan Refresh,
    [property: Id(1)] TimeSpan Upstream,
    [property: Id(2)] TimeSpan Queue = default,
    [property: Id(3)] TimeSpan Circuit = default
)
{
    /// <summary>All parts together.</summary>
    public TimeSpan Sum => Refresh + Upstream + Queue + Circuit;
}
