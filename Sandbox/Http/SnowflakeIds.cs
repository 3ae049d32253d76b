using System.Globalization;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>
/// Creates ids in X's format: milliseconds since its epoch, then a sequence. Strictly increasing, even on a stopped clock.
/// </summary>
internal sealed class SnowflakeIds(TimeProvider clock)
{
    private const long EpochMilliseconds = 1288834974657;

    private readonly Lock _gate = new();
    private long _last;

    public long Next()
    {
        var fromClock = (clock.GetUtcNow().ToUnixTimeMilliseconds() - EpochMilliseconds) << 22;
        lock (_gate)
            return _last = Math.Max(_last + 1, fromClock);
    }

    public static string ToText(long id) => id.ToString(CultureInfo.InvariantCulture);

    public static bool TryParse(string? text, out long id) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && text is { Length: <= 19 };
}
