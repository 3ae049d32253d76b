using System.Globalization;
using System.Text;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Forwarding;

/// <summary>
/// The header fields that the proxy adds to X's: RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-11), and
/// Server-Timing.
/// </summary>
internal static class ResponseFields
{
    /// <summary>The largest integer of a structured field (RFC 9651 section 3.3.1).</summary>
    private const long MaxInteger = 999_999_999_999_999;

    public static void Write(HttpResponse response, ForwardResponse forwarded, TimeSpan total, DateTimeOffset now)
    {
        var timings = forwarded.Timings;
        response.Headers["Server-Timing"] = string.Create(
            CultureInfo.InvariantCulture,
            $"queue;dur={timings.Queue.TotalMilliseconds:0.0}, refresh;dur={timings.Refresh.TotalMilliseconds:0.0}, circuit;dur={timings.Circuit.TotalMilliseconds:0.0}, x;dur={timings.Upstream.TotalMilliseconds:0.0}, proxy;dur={Math.Max(0, (total - timings.Sum).TotalMilliseconds):0.0}"
        );
        WriteWindows(response, forwarded.Windows, now);
        if (forwarded.Rejection?.Reason is RejectionReason.RateLimited)
            WriteLikeX(response, forwarded.Windows);
    }

    /// <summary>Writes a client's own limit in the fields by which clients written for X wait.</summary>
    public static void WriteLimit(HttpResponse response, ClientLimit limit, TimeSpan? retryAfter, DateTimeOffset now)
    {
        if (limit.TokenLimit is not { } tokens || retryAfter is not { } after)
            return;
        var prefix = RateLimitHeaders.PrefixOf(WindowKind.FifteenMinutes);
        response.Headers[prefix + "limit"] = tokens.ToString(CultureInfo.InvariantCulture);
        response.Headers[prefix + "remaining"] = "0";
        response.Headers[prefix + "reset"] = CeilingSeconds(now + after).ToString(CultureInfo.InvariantCulture);
    }

    private static void WriteWindows(HttpResponse response, WindowSnapshot[] windows, DateTimeOffset now)
    {
        if (windows.Length == 0)
            return;
        StringBuilder policy = new(),
            limit = new();
        foreach (var window in windows)
        {
            if (policy.Length > 0)
            {
                policy.Append(", ");
                limit.Append(", ");
            }

            var name = NameOf(window.Kind);
            policy.Append(
                CultureInfo.InvariantCulture,
                $"\"{name}\";q={Math.Min(window.Limit, MaxInteger)};w={(long)window.Kind.Length().TotalSeconds}"
            );
            limit.Append(CultureInfo.InvariantCulture, $"\"{name}\";r={Math.Min(window.Remaining, MaxInteger)}");
            if (window.ResetAt is { } resetAt)
                limit.Append(CultureInfo.InvariantCulture, $";t={Math.Max(0, CeilingSeconds(resetAt - now))}");
        }

        response.Headers["RateLimit-Policy"] = policy.ToString();
        response.Headers["RateLimit"] = limit.ToString();
    }

    // Clients written for X read X's own headers to learn when to retry. A 429 of the proxy has them too.
    private static void WriteLikeX(HttpResponse response, WindowSnapshot[] windows)
    {
        foreach (var window in windows)
        {
            if (window.ResetAt is not { } resetAt || (window.Kind is WindowKind.OneSecond && !IsNarrowest(window, windows)))
                continue;
            var prefix = RateLimitHeaders.PrefixOf(window.Kind);
            response.Headers[prefix + "limit"] = window.Limit.ToString(CultureInfo.InvariantCulture);
            response.Headers[prefix + "remaining"] = window.Remaining.ToString(CultureInfo.InvariantCulture);
            response.Headers[prefix + "reset"] = CeilingSeconds(resetAt).ToString(CultureInfo.InvariantCulture);
        }
    }

    // It has no header group of its own, and takes that of the 15 minutes while only the second is used up.
    private static bool IsNarrowest(WindowSnapshot second, WindowSnapshot[] windows) =>
        second.Remaining == 0 && !Array.Exists(windows, window => window is { Kind: WindowKind.FifteenMinutes, Remaining: 0 });

    // Rounded up: a caller that returns at that second must find the window open.
    private static long CeilingSeconds(DateTimeOffset instant) => (instant.ToUnixTimeMilliseconds() + 999) / 1000;

    private static long CeilingSeconds(TimeSpan duration) => (long)Math.Ceiling(duration.TotalSeconds);

    private static string NameOf(WindowKind kind) =>
        kind switch
        {
            WindowKind.FifteenMinutes => "15min",
            WindowKind.AccountDay => "account-24h",
            WindowKind.OneSecond => "1s",
            _ => "app-24h",
        };
}
