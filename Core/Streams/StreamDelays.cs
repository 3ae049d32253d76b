using OrleansTwitterProxy.Core.Forwarding;

namespace OrleansTwitterProxy.Core.Streams;

/// <summary>
/// The time before the next attempt to connect, as X prescribes it: after a broken connection 250 ms more each time, up to 16 s; after an
/// error of HTTP 5 s, doubling up to 320 s; after 429 1 min, doubling. Not thread-safe.
/// </summary>
internal sealed class StreamDelays
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    private static readonly TimeSpan LongestAfterBreak = TimeSpan.FromSeconds(16);

    private readonly Backoff _errors = new(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(320));
    private readonly Backoff _limits = new(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(15)); // X's window
    private int _breaks;

    public TimeSpan AfterBreak() => ++_breaks * Step is var delay && delay < LongestAfterBreak ? delay : LongestAfterBreak;

    public TimeSpan AfterError() => _errors.Next();

    /// <param name="atLeast">Until X's window starts anew, where that is known.</param>
    public TimeSpan AfterLimit(TimeSpan? atLeast) => _limits.Next(atLeast);

    /// <summary>No less than the first step, and 1 h at most: a reset that X garbled may be years away.</summary>
    public static TimeSpan Bounded(TimeSpan delay) =>
        delay < Step ? Step
        : delay > Longest ? Longest
        : delay;

    /// <summary>X has accepted a connection.</summary>
    public void Connected()
    {
        _errors.Reset();
        _limits.Reset();
    }

    /// <summary>A connection has held.</summary>
    public void Held() => _breaks = 0;
}
