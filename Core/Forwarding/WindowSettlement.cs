using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Forwarding;

/// <summary>The end of an attempt, for the windows it took permits in: they come back, or X's headers correct them.</summary>
internal static class WindowSettlement
{
    /// <summary>How long a 429 that names no reset holds an endpoint back, as most clients of X do.</summary>
    private static readonly TimeSpan UnexplainedHold = TimeSpan.FromSeconds(60);

    /// <param name="permits">What the attempt took.</param>
    /// <param name="windows">Where.</param>
    /// <param name="result">How it ended.</param>
    /// <param name="clock">X's clock: Retry-After may be a date of it.</param>
    /// <param name="now">The present instant, by ours.</param>
    public static void Settle(
        in CallPermits permits,
        in CallWindows windows,
        in UpstreamResult result,
        UpstreamClock clock,
        DateTimeOffset now
    )
    {
        if (!FaultClassifier.MayHaveActed(result.Fault))
        {
            permits.Release();
            return;
        }

        var headers = RateLimitHeaders.Parse(result.Headers);
        permits.Settle(headers, now);
        if (result.Status is >= 200 and < 300)
            windows.App.Uncap();
        else if (result.Status is 402 or 429)
            Heed(permits, windows, result, headers, clock, now);
    }

    // A 402, and some a 429, speaks of what no window cures: it is noted, and nothing is held back. Otherwise the endpoint is, until X
    // says.
    private static void Heed(
        in CallPermits permits,
        in CallWindows windows,
        in UpstreamResult result,
        in RateLimitHeaders headers,
        UpstreamClock clock,
        DateTimeOffset now
    )
    {
        var problem = TwitterProblem.Of(result.Headers, result.Body);
        if (problem.CapOf(result.Status) is { } cap)
            windows.App.Cap(cap, now);
        else if (RetryAfter.Of(result.Headers, clock.AtX(now)) is { } stated)
            permits.Account.Exhaust(now + stated, now);
        else if (headers == default || headers.SayExhausted || problem.IsRateLimit)
            permits.Account.Exhaust(now + UnexplainedHold, now);
    }
}
