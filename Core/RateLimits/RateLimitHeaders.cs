using System.Globalization;
using OrleansTwitterProxy.Core.Forwarding;

namespace OrleansTwitterProxy.Core.RateLimits;

/// <summary>
/// The rate-limit headers of one response of X. Source: X's docs for <c>x-rate-limit-*</c>; node-twitter-api-v2 for the 24 h groups.
/// </summary>
public readonly record struct RateLimitHeaders(WindowReading? FifteenMinutes, WindowReading? AccountDay, WindowReading? AppDay)
{
    private const long Milliseconds = 100_000_000_000; // in seconds: the year 5138; in milliseconds: 1973
    private const long MaxSeconds = 253_402_300_799; // the year 9999, the last of DateTimeOffset

    private const string FifteenMinutesPrefix = "x-rate-limit-";
    private const string AccountDayPrefix = "x-user-limit-24hour-";
    private const string AppDayPrefix = "x-app-limit-24hour-";

    public WindowReading? this[WindowKind kind] =>
        kind switch
        {
            WindowKind.FifteenMinutes => FifteenMinutes,
            WindowKind.AccountDay => AccountDay,
            WindowKind.AppDay => AppDay,
            _ => null,
        };

    /// <summary>Whether X says that nothing is left in one of the windows, be its reset over or not.</summary>
    public bool SayExhausted => FifteenMinutes?.Remaining == 0 || AccountDay?.Remaining == 0 || AppDay?.Remaining == 0;

    /// <summary>What the three headers of a window begin with; for one of 1 s, which has none, those by which clients wait.</summary>
    public static string PrefixOf(WindowKind kind) =>
        kind switch
        {
            WindowKind.AccountDay => AccountDayPrefix,
            WindowKind.AppDay => AppDayPrefix,
            _ => FifteenMinutesPrefix,
        };

    /// <summary>Whether the header belongs to one of the three groups.</summary>
    public static bool IsRateLimitHeader(string name) =>
        name.StartsWith(FifteenMinutesPrefix, StringComparison.OrdinalIgnoreCase)
        || name.StartsWith(AccountDayPrefix, StringComparison.OrdinalIgnoreCase)
        || name.StartsWith(AppDayPrefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads all three groups. A group that lacks a member, or holds one that is no number, is taken as absent.</summary>
    public static RateLimitHeaders Parse(IReadOnlyList<HeaderField> headers)
    {
        Group fifteen = default,
            account = default,
            app = default;
        for (var i = 0; i < headers.Count; i++)
        {
            var (name, value) = headers[i];
            if (name.Length < FifteenMinutesPrefix.Length || (name[0] | 0x20) != 'x')
                continue;
            _ =
                fifteen.Take(name, value, FifteenMinutesPrefix)
                || account.Take(name, value, AccountDayPrefix)
                || app.Take(name, value, AppDayPrefix);
        }

        return new(fifteen.Reading, account.Reading, app.Reading);
    }

    private struct Group
    {
        private long? _limit;
        private long? _remaining;
        private long? _reset;

        public readonly WindowReading? Reading =>
            _limit is { } limit && _remaining is { } remaining && _reset is { } reset
                ? new(limit, remaining, DateTimeOffset.FromUnixTimeSeconds(reset))
                : null;

        public bool Take(string name, string value, string prefix)
        {
            if (!name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                return false;
            long? number = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : null;
            switch (name.AsSpan(prefix.Length))
            {
                case var s when s.Equals("limit", StringComparison.OrdinalIgnoreCase):
                    _limit = number;
                    break;
                case var s when s.Equals("remaining", StringComparison.OrdinalIgnoreCase):
                    _remaining = number;
                    break;
                case var s when s.Equals("reset", StringComparison.OrdinalIgnoreCase):
                    _reset = number is >= Milliseconds ? number / 1000 : number;
                    _reset = _reset is <= MaxSeconds ? _reset : null;
                    break;
            }

            return true;
        }
    }
}

/// <summary>One window as X stated it.</summary>
/// <param name="Limit">Calls per window.</param>
/// <param name="Remaining">Calls left in it.</param>
/// <param name="ResetAt">When it starts anew.</param>
public readonly record struct WindowReading(long Limit, long Remaining, DateTimeOffset ResetAt);
