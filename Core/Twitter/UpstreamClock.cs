using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>
/// Estimates the difference between X's clock and ours. X's resets are instants of its own clock; the difference is learned from the Date
/// field of its responses (RFC 9110 section 6.6.1). One per process, thread-safe.
/// </summary>
public sealed partial class UpstreamClock(ILogger<UpstreamClock>? logger = null)
{
    /// <summary>Number of responses remembered. Their median is used, so that a single wrong one changes nothing.</summary>
    private const int Answers = 7;

    /// <summary>A larger difference is ignored.</summary>
    private static readonly TimeSpan Absurd = TimeSpan.FromHours(1);

    /// <summary>A smaller difference counts as zero: Date has whole seconds, and the response takes time to arrive.</summary>
    private static readonly TimeSpan Agreement = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>A larger difference is worth a word: one of the two clocks is wrong.</summary>
    public static readonly TimeSpan MaxDifference = TimeSpan.FromSeconds(10);

    private readonly ILogger _logger = logger ?? (ILogger)NullLogger.Instance;
    private readonly Lock _lock = new();
    private readonly long[] _seen = new long[Answers];
    private int _count;
    private long _listenAt; // UTC ticks
    private long _offset; // ticks
    private long _difference; // ticks
    private int _absurd; // in a row
    private bool _told;

    /// <summary>
    /// How far X's clock is ahead of ours; negative when it is behind. Never overestimated, so calls that wait for a reset start late
    /// rather than early.
    /// </summary>
    public TimeSpan Offset => new(Volatile.Read(ref _offset));

    /// <summary>
    /// The same for an operator, and not corrected by it: also a difference too large for <see cref="Offset"/>, once several responses in a
    /// row have shown it.
    /// </summary>
    public TimeSpan Difference => new(Volatile.Read(ref _difference));

    /// <summary>X's time at our time <paramref name="ours"/>.</summary>
    public DateTimeOffset AtX(DateTimeOffset ours) => ours + Offset;

    /// <summary>Our time at X's time <paramref name="atX"/>.</summary>
    public DateTimeOffset Ours(DateTimeOffset atX) => atX - Offset;

    /// <summary>Whether to evaluate another response: at most one per second, once there are enough.</summary>
    public bool IsListening(DateTimeOffset now)
    {
        var at = Volatile.Read(ref _listenAt);
        // A large difference: our own clock was set back.
        return Volatile.Read(ref _count) < Answers || now.UtcTicks >= at || at - now.UtcTicks > Interval.Ticks;
    }

    /// <summary>Evaluates a Date field received at <paramref name="receivedAt"/> by our clock. An invalid date is ignored.</summary>
    public void Observe(string date, DateTimeOffset receivedAt)
    {
        if (!DateTimeOffset.TryParseExact(date, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var shown))
            return;
        // Lower bound: X's clock showed this time before the response was sent.
        var difference = shown - receivedAt;
        lock (_lock)
        {
            if (difference.Duration() > Absurd)
            {
                if (++_absurd >= Answers)
                    Show(difference);
                return;
            }

            _absurd = 0;
            _seen[_count % Answers] = difference.Ticks;
            Volatile.Write(ref _count, _count == int.MaxValue ? Answers : _count + 1);
            Volatile.Write(ref _listenAt, (receivedAt + Interval).UtcTicks);
            Span<long> sorted = stackalloc long[Math.Min(_count, Answers)];
            _seen.AsSpan(0, sorted.Length).CopyTo(sorted);
            sorted.Sort();
            var median = sorted[(sorted.Length - 1) / 2];
            Volatile.Write(ref _offset, Math.Abs(median) < Agreement.Ticks ? 0 : median);
            if (_count >= Answers)
                Show(Offset);
        }
    }

    private void Show(TimeSpan difference)
    {
        Volatile.Write(ref _difference, difference.Ticks);
        var isFar = difference.Duration() > MaxDifference;
        if (isFar && !_told)
            LogDifference(Math.Abs(Math.Round(difference.TotalSeconds)), difference > TimeSpan.Zero ? "behind" : "ahead of");
        else if (!isFar && _told)
            LogAgreement();
        _told = isFar;
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "This machine's clock is {Seconds} s {Side} X's. Is it kept by NTP? Resets of X's limits are corrected up to an hour of difference; stored times are not"
    )]
    private partial void LogDifference(double seconds, string side);

    [LoggerMessage(Level = LogLevel.Warning, Message = "This machine's clock agrees with X's again")]
    private partial void LogAgreement();
}
