using Orleans;

namespace OrleansTwitterProxy.Core.Rejections;

/// <summary>An expected refusal, as a value: why the proxy did not, or could not, do what was asked.</summary>
/// <param name="Reason">The row of the error table (docs/reference/errors.md) that applies.</param>
/// <param name="Detail">One sentence for the caller: what happened and what to do next. Never holds a secret.</param>
/// <param name="RetryAfter">How long to wait before the same call can succeed; null when waiting does not help or is not known.</param>
[GenerateSerializer, Immutable, Alias("otp.Rejection")]
public sealed record Rejection(
    [property: Id(0)] RejectionReason Reason,
    [property: Id(1)] string Detail,
    [property: Id(2)] TimeSpan? RetryAfter = null
);
