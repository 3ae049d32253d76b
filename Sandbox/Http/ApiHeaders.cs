using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>The headers of X's responses.</summary>
internal static class ApiHeaders
{
    private static readonly StringValues Cookies = new([
        "guest_id=v1%3A170000000000000000; Max-Age=63072000; Path=/; Domain=.x.com; Secure; SameSite=None",
        "__cf_bm=sandbox; HttpOnly; Secure; Path=/; Domain=x.com",
    ]);

    public static void WriteCommon(IHeaderDictionary headers, TimeSpan responseTime)
    {
        headers.Server = "cloudflare envoy";
        headers.SetCookie = Cookies;
        headers["x-transaction-id"] = Random.Shared.NextInt64().ToString("x16", CultureInfo.InvariantCulture);
        headers["x-response-time"] = ((long)responseTime.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        headers["api-version"] = "2.167";
        headers["x-access-level"] = "read-write";
        headers.StrictTransportSecurity = "max-age=631138519";
    }

    public static void WriteRates(IHeaderDictionary headers, RateCharge charge, bool showsExhausted)
    {
        if (charge.Window is { } window)
        {
            Write(
                headers,
                "x-rate-limit-limit",
                "x-rate-limit-remaining",
                "x-rate-limit-reset",
                showsExhausted && charge.Allowed ? window with { Remaining = 0 } : window
            );
        }
        if (charge.UserDay is { } userDay)
            Write(headers, "x-user-limit-24hour-limit", "x-user-limit-24hour-remaining", "x-user-limit-24hour-reset", userDay);
        if (charge.AppDay is { } appDay)
            Write(headers, "x-app-limit-24hour-limit", "x-app-limit-24hour-remaining", "x-app-limit-24hour-reset", appDay);
    }

    private static void Write(IHeaderDictionary headers, string limit, string remaining, string reset, WindowReading window)
    {
        headers[limit] = window.Limit.ToString(CultureInfo.InvariantCulture);
        headers[remaining] = window.Remaining.ToString(CultureInfo.InvariantCulture);
        headers[reset] = window.ResetAt.ToString(CultureInfo.InvariantCulture);
    }
}
