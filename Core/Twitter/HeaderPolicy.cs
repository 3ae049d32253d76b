using System.Buffers;
using System.Collections.Frozen;
using OrleansTwitterProxy.Core.RateLimits;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>The headers that the proxy passes on. All others are dropped, above all cookies and credentials.</summary>
public static class HeaderPolicy
{
    private static readonly FrozenSet<string> RequestHeaders = Set(
        "Accept",
        "Accept-Encoding",
        "Accept-Language",
        "Content-Encoding",
        "Content-Language",
        "Content-Type",
        "User-Agent"
    );

    // Not Cache-Control and Expires: an answer for one account is not cached, whatever X says of it.
    private static readonly FrozenSet<string> ResponseHeaders = Set(
        "Content-Type",
        "Content-Encoding",
        "Content-Language",
        "Content-Disposition",
        "ETag",
        "Last-Modified",
        "Retry-After",
        "Vary",
        "api-version",
        "x-access-level",
        "x-response-time",
        "x-transaction-id"
    );

    private static readonly SearchValues<char> ControlCharacters = SearchValues.Create([
        .. Enumerable.Range(char.MinValue, 256).Select(c => (char)c).Where(char.IsControl),
    ]);

    /// <summary>Whether a caller's header is sent to X.</summary>
    public static bool PassesToX(string name) => RequestHeaders.Contains(name);

    /// <summary>A caller's header as X gets it.</summary>
    public static string ValueForX(string name, string value) =>
        name.Equals("Accept-Encoding", StringComparison.OrdinalIgnoreCase) ? ReadableBody.Acceptable(value) : value;

    /// <summary>Whether X's header is sent to the caller.</summary>
    public static bool PassesToCaller(string name) => ResponseHeaders.Contains(name) || RateLimitHeaders.IsRateLimitHeader(name);

    /// <summary>Whether a header's value can be sent on: HTTP has no control characters in it (RFC 9110 section 5.5).</summary>
    public static bool IsSendable(string value) => !value.AsSpan().ContainsAny(ControlCharacters);

    private static FrozenSet<string> Set(params string[] names) => names.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
}
