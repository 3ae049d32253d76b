using Orleans;

namespace OrleansTwitterProxy.Core.RateLimits;

/// <summary>The windows X keeps. Stored and sent as numbers: new ones go at the end.</summary>
public enum WindowKind
{
    /// <summary>Per caller (an account, or the app itself) and endpoint, 15 minutes.</summary>
    FifteenMinutes,

    /// <summary>Per account and endpoint, 24 hours.</summary>
    AccountDay,

    /// <summary>Per X app and endpoint, 24 hours: all accounts share it.</summary>
    AppDay,

    /// <summary>Per caller and endpoint, 1 s. X has no headers for it: what is left is counted by the proxy alone.</summary>
    OneSecond,
}

public static class WindowKinds
{
    public static TimeSpan Length(this WindowKind kind) =>
        kind switch
        {
            WindowKind.FifteenMinutes => TimeSpan.FromMinutes(15),
            WindowKind.OneSecond => TimeSpan.FromSeconds(1),
            _ => TimeSpan.FromHours(24),
        };

    /// <summary>How far back calls weigh in the present rate of a window.</summary>
    public static TimeSpan RateMemory(this WindowKind kind) =>
        kind switch
        {
            WindowKind.FifteenMinutes => TimeSpan.FromMinutes(5),
            WindowKind.OneSecond => TimeSpan.FromSeconds(20),
            _ => TimeSpan.FromHours(2),
        };
}

/// <summary>A copy of one window for others to see.</summary>
/// <param name="EndpointKey">Method and route template.</param>
/// <param name="Kind">Which of X's windows.</param>
/// <param name="Limit">Calls per window.</param>
/// <param name="Remaining">Calls left, those in flight taken off.</param>
/// <param name="ResetAt">When the window starts anew; null when no call has opened it. Stored or on its way to another node it is an
/// instant of X's clock, shown to callers one of ours.</param>
/// <param name="Stated">Whether X's headers said so; false for what is guessed from the published table.</param>
[GenerateSerializer, Immutable, Alias("otp.WindowSnapshot")]
public sealed record WindowSnapshot(
    [property: Id(0)] string EndpointKey,
    [property: Id(1)] WindowKind Kind,
    [property: Id(2)] long Limit,
    [property: Id(3)] long Remaining,
    [property: Id(4)] DateTimeOffset? ResetAt,
    [property: Id(5)] bool Stated = false
);

/// <summary>A window as <c>GET /v1/limits</c> shows it.</summary>
/// <param name="EndpointKey">Method and route template.</param>
/// <param name="Kind">Which of X's windows.</param>
/// <param name="Limit">Calls per window.</param>
/// <param name="Remaining">Calls left, those in flight taken off.</param>
/// <param name="ResetAt">When the window starts anew; null when no call has opened it.</param>
/// <param name="Stated">Whether X's headers said so; false for what is guessed from the published table.</param>
/// <param name="PerMinute">Calls a minute at present, by whomever: recent ones weigh more.</param>
/// <param name="ExhaustedAt">When nothing is left, at that rate; null when the window resets before.</param>
[GenerateSerializer, Immutable, Alias("otp.WindowForecast")]
public sealed record WindowForecast(
    [property: Id(0)] string EndpointKey,
    [property: Id(1)] WindowKind Kind,
    [property: Id(2)] long Limit,
    [property: Id(3)] long Remaining,
    [property: Id(4)] DateTimeOffset? ResetAt,
    [property: Id(5)] bool Stated = false,
    [property: Id(6)] double PerMinute = 0,
    [property: Id(7)] DateTimeOffset? ExhaustedAt = null
)
{
    /// <summary>Calls made in the window, those in flight among them.</summary>
    public long Used => Math.Max(0, Limit - Remaining);
}
