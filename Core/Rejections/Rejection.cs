using Orleans;

namespace OrleansTwitterProxy.Core.Rejections;

/// <summary>An expected refusal by the proxy, as a value.</summary>
/// <param name="Reason">The row of the error table (docs/reference/errors.md).</param>
/// <param name="Detail">A sentence for the caller: what happened and what to do next. Never contains a secret.</param>
/// <param name="RetryAfter">How long to wait before the same call can succeed; null when waiting does not help, or for an unknown
/// time.</param>
[GenerateSerializer, Immutable, Alias("otp.Rejection")]
public sealed record Rejection(
    [property: Id(0)] RejectionReason Reason,
    [property: Id(1)] string Detail,
    [property: Id(2)] TimeSpan? RetryAfter = null
);
