using System.Globalization;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>
/// X's clock as seen from here. X's resets are instants of its own clock; what it shows is learned from the Date field of its answers
/// (RFC 9110 section 6.6.1). One per process, thread-safe.
/// </summary>
public sealed class UpstreamClock
{
    /// <summary>Answers remembered: their median stands, so that a single wrong one moves nothing.</summary>
    private const int Answers = 7;

    /// <summary>A difference beyond this is somebody's mistake and not a clock's.</summary>
    private static readonly TimeSpan Absurd = TimeSpan.FromHours(1);

    /// <summary>A smaller difference is none: Date has whole seconds, and the answer was on its way.</summary>
    private static readonly TimeSpan Agreement = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly long[] _seen = new long[Answers];
    private int _count;
    private long _listenAt; // UTC ticks
    private long _offset; // ticks

    /// <summary>
    /// How far X's clock is ahead of ours; negative when it is behind. Never more than it is: what waits for a reset comes late rather
    /// than early.
    /// </summary>
    public TimeSpan Offset => new(Volatile.Read(ref _offset));

    /// <summary>What X's clock shows when ours shows <paramref name="ours"/>.</summary>
    public DateTimeOffset AtX(DateTimeOffset ours) => ours + Offset;

    /// <summary>What our clock shows when X's shows <paramref name="atX"/>.</summary>
    public DateTimeOffset Ours(DateTimeOffset atX) => atX - Offset;

    /// <summary>Whether another answer is worth looking at: one a second is, once there are enough.</summary>
    public bool IsListening(DateTimeOffset now)
    {
        var at = Volatile.Read(ref _listenAt);
        // Far off: our own clock was set back.
        return Volatile.Read(ref _count) < Answers || now.UtcTicks >= at || at - now.UtcTicks > Interval.Ticks;
    }

    /// <summary>Learns from a Date field that came at <paramref name="receivedAt"/> by our clock. What is no date is ignored.</summary>
    public void Observe(string date, DateTimeOffset receivedAt)
    {
        if (!DateTimeOffset.TryParseExact(date, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var shown))
            return;
        // X's clock showed this before the answer set out: by now it shows at least as much.
        var difference = shown - receivedAt;
        if (difference.Duration() > Absurd)
            return;
        lock (_lock)
        {
            _seen[_count % Answers] = difference.Ticks;
            Volatile.Write(ref _count, _count == int.MaxValue ? Answers : _count + 1);
            Volatile.Write(ref _listenAt, (receivedAt + Interval).UtcTicks);
            Span<long> sorted = stackalloc long[Math.Min(_count, Answers)];
            _seen.AsSpan(0, sorted.Length).CopyTo(sorted);
            sorted.Sort();
            var median = sorted[(sorted.Length - 1) / 2];
            Volatile.Write(ref _offset, Math.Abs(median) < Agreement.Ticks ? 0 : median);
        }
    }
}
