using System.Globalization;
using System.Security.Cryptography;

namespace OrleansTwitterProxy.Core.Activities;

/// <summary>
/// An entry's place in activity or audit, and its key in the store: its time, in the microseconds that PostgreSQL keeps, and a number that
/// tells entries of the same time apart.
/// </summary>
/// <param name="Microseconds">Since 1970, UTC.</param>
/// <param name="Sequence">Counted up by the process from a start drawn at random, so that two processes do not meet.</param>
public readonly record struct EntryPosition(long Microseconds, long Sequence)
{
    /// <summary>The entry's time.</summary>
    public DateTimeOffset At => DateTimeOffset.UnixEpoch.AddTicks(Microseconds * TimeSpan.TicksPerMicrosecond);

    public static EntryPosition Of(DateTimeOffset at, long sequence) => new(MicrosecondsOf(at), sequence);

    public static long MicrosecondsOf(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Where a process begins to count.</summary>
    public static long FirstSequence() => (long)RandomNumberGenerator.GetInt32(int.MaxValue) << 31;

    /// <summary>Reads what <see cref="ToString"/> has written.</summary>
    /// <returns>Null when it is something else.</returns>
    public static EntryPosition? TryParse(string text) =>
        text.Split('-') is [var time, var sequence]
        && long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
        && microseconds <= MicrosecondsOf(DateTimeOffset.MaxValue)
        && long.TryParse(sequence, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new(microseconds, number)
            : null;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Microseconds}-{Sequence}");
}
