namespace OrleansTwitterProxy.Core.RateLimits;

/// <summary>The windows X keeps for a call made with a user's token.</summary>
public enum WindowKind
{
    /// <summary>Per account and endpoint, 15 minutes.</summary>
    FifteenMinutes,

    /// <summary>Per account and endpoint, 24 hours.</summary>
    AccountDay,

    /// <summary>Per X app and endpoint, 24 hours: all accounts share it.</summary>
    AppDay,
}

public static class WindowKinds
{
    public static TimeSpan Length(this WindowKind kind) =>
        kind is WindowKind.FifteenMinutes ? TimeSpan.FromMinutes(15) : TimeSpan.FromHours(24);
}

/// <summary>A copy of one window for others to see.</summary>
/// <param name="EndpointKey">Method and route template.</param>
/// <param name="Kind">Which of X's windows.</param>
/// <param name="Limit">Calls per window.</param>
/// <param name="Remaining">Calls left, those in flight taken off.</param>
/// <param name="ResetAt">When the window starts anew; null when no call has opened it.</param>
/// <param name="Stated">Whether X's headers said so; false for what is guessed from the published table.</param>
public sealed record WindowSnapshot(string EndpointKey, WindowKind Kind, long Limit, long Remaining, DateTimeOffset? ResetAt, bool Stated = false);
