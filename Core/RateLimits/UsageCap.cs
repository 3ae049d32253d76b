using Orleans;

namespace OrleansTwitterProxy.Core.RateLimits;

/// <summary>
/// X refused an endpoint for want of something that no window's reset brings back. Waiting does not cure it; the X app's operator does, at
/// any minute. So a caller's own call goes to X all the same, and the first that X serves ends this (docs/concepts/limits.md).
/// </summary>
/// <param name="EndpointKey">Method and route template.</param>
/// <param name="Kind">What is used up.</param>
/// <param name="FirstSeenAt">When X said so first.</param>
/// <param name="LastSeenAt">When X said so last.</param>
[GenerateSerializer, Immutable, Alias("otp.UsageCap")]
public sealed record UsageCap(
    [property: Id(0)] string EndpointKey,
    [property: Id(1)] UsageCapKind Kind,
    [property: Id(2)] DateTimeOffset FirstSeenAt,
    [property: Id(3)] DateTimeOffset LastSeenAt
)
{
    /// <summary>How long X's word holds: after that it is as well that a call asks again.</summary>
    private static readonly TimeSpan Force = TimeSpan.FromHours(1);

    /// <summary>A sentence for callers.</summary>
    public string Description =>
        Kind is UsageCapKind.CreditsDepleted
            ? $"X says that the app's credits are depleted (last seen {LastSeenAt:u}). Waiting does not help; buying credits does."
            : $"X says that the app's usage cap is reached (last seen {LastSeenAt:u}). Waiting for a window does not help; a larger plan or the next period does.";

    /// <summary>X says so, for the first time or again.</summary>
    /// <param name="before">What it said last; null when nothing is known.</param>
    /// <param name="endpointKey">Method and route template.</param>
    /// <param name="kind">What is used up.</param>
    /// <param name="now">By our clock.</param>
    internal static UsageCap Seen(UsageCap? before, string endpointKey, UsageCapKind kind, DateTimeOffset now) =>
        before is not null && before.Kind == kind && before.IsInForce(now)
            ? before with
            {
                LastSeenAt = now,
            }
            : new(endpointKey, kind, now, now);

    public bool IsInForce(DateTimeOffset now) => now - LastSeenAt < Force && LastSeenAt - now < Force;
}

/// <summary>What X may run out of, but for calls in a window.</summary>
public enum UsageCapKind
{
    /// <summary>429 of the type usage-capped: posts of a month, or what else the plan counts.</summary>
    UsageCapped,

    /// <summary>402: pay-per-use credits.</summary>
    CreditsDepleted,
}
