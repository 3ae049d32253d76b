using System.Globalization;
using System.Text;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Forwarding;

/// <summary>The header fields the proxy adds to X's: RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10), Server-Timing.</summary>
internal static class ResponseFields
{
    public static void Write(HttpResponse response, ForwardResponse forwarded, TimeSpan total, DateTimeOffset now)
    {
        var timings = forwarded.Timings;
        var proxy = total - timings.Refresh - timings.Upstream;
        response.Headers["Server-Timing"] = string.Create(
            CultureInfo.InvariantCulture,
            $"refresh;dur={timings.Refresh.TotalMilliseconds:0.0}, x;dur={timings.Upstream.TotalMilliseconds:0.0}, proxy;dur={Math.Max(0, proxy.TotalMilliseconds):0.0}");
        WriteWindows(response, forwarded.Windows, now);
        if (forwarded.Rejection?.Reason is RejectionReason.RateLimited) WriteLikeX(response, forwarded.Windows);
    }

    private static void WriteWindows(HttpResponse response, IReadOnlyList<WindowSnapshot> windows, DateTimeOffset now)
    {
        if (windows.Count == 0) return;
        StringBuilder policy = new(), limit = new();
        foreach (var window in windows)
        {
            if (policy.Length > 0)
            {
                policy.Append(", ");
                limit.Append(", ");
            }

            var name = NameOf(window.Kind);
            policy.Append(CultureInfo.InvariantCulture, $"\"{name}\";q={window.Limit};w={(long)window.Kind.Length().TotalSeconds}");
            limit.Append(CultureInfo.InvariantCulture, $"\"{name}\";r={window.Remaining}");
            if (window.ResetAt is { } resetAt) limit.Append(CultureInfo.InvariantCulture, $";t={Math.Max(0, (long)Math.Ceiling((resetAt - now).TotalSeconds))}");
        }

        response.Headers["RateLimit-Policy"] = policy.ToString();
        response.Headers["RateLimit"] = limit.ToString();
    }

    // Clients written for X read X's own headers to learn when to come back; a 429 of ours must serve them too.
    private static void WriteLikeX(HttpResponse response, IReadOnlyList<WindowSnapshot> windows)
    {
        foreach (var window in windows)
        {
            if (window.ResetAt is not { } resetAt) continue;
            var prefix = RateLimitHeaders.PrefixOf(window.Kind);
            response.Headers[prefix + "limit"] = window.Limit.ToString(CultureInfo.InvariantCulture);
            response.Headers[prefix + "remaining"] = window.Remaining.ToString(CultureInfo.InvariantCulture);
            response.Headers[prefix + "reset"] = CeilingSeconds(resetAt).ToString(CultureInfo.InvariantCulture);
        }
    }

    // Never too early: a caller that comes back at the told second must find the window open.
    private static long CeilingSeconds(DateTimeOffset instant) => (instant.ToUnixTimeMilliseconds() + 999) / 1000;

    private static string NameOf(WindowKind kind) => kind switch
    {
        WindowKind.FifteenMinutes => "15min",
        WindowKind.AccountDay => "account-24h",
        _ => "app-24h",
    };
}
