using System.Globalization;
using OrleansTwitterProxy.Core.Forwarding;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>
/// The Retry-After field (RFC 9110 section 10.2.3): seconds or a date. X does not document it, but its edge servers sometimes send it.
/// </summary>
internal static class RetryAfter
{
    /// <summary>Longer values are ignored: X has no window longer than a day.</summary>
    private static readonly TimeSpan Believable = TimeSpan.FromDays(1);

    /// <returns>How long to wait; null when the field is missing, invalid, in the past or too long.</returns>
    public static TimeSpan? Of(IReadOnlyList<HeaderField> headers, DateTimeOffset now)
    {
        for (var i = 0; i < headers.Count; i++)
        {
            if (!headers[i].Name.Equals("Retry-After", StringComparison.OrdinalIgnoreCase))
                continue;
            var wait = Parse(headers[i].Value, now);
            return wait > TimeSpan.Zero && wait <= Believable ? wait : null;
        }

        return null;
    }

    private static TimeSpan? Parse(string value, DateTimeOffset now)
    {
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return TimeSpan.FromSeconds(seconds);
        return DateTimeOffset.TryParseExact(value, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? at - now
            : null;
    }
}
