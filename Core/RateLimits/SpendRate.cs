namespace OrleansTwitterProxy.Core.RateLimits;

/// <summary>How fast a window is being used up: a count in which a call weighs the less the longer it is past. Not thread-safe.</summary>
/// <param name="memory">The time after which a call weighs 1/e of what it did.</param>
public struct SpendRate(TimeSpan memory)
{
    /// <summary>What has been watched for less tells of no rate yet: a first call is not a thousand a second.</summary>
    private readonly TimeSpan _leastWatched = memory / 5;

    private double _weight;
    private DateTimeOffset _at;
    private DateTimeOffset _since;

    /// <summary>Whether nothing has been added yet.</summary>
    public readonly bool IsUnknown => _at == default;

    /// <summary>Counts calls made now.</summary>
    public void Add(double calls, DateTimeOffset now)
    {
        if (IsUnknown)
            _since = now;
        _weight = WeightAt(now) + calls;
        _at = now;
    }

    /// <summary>Counts calls of which only the time is known over which they were made: taken as made evenly.</summary>
    public void AddSpread(double calls, DateTimeOffset from, DateTimeOffset now)
    {
        var span = now - from;
        if (span <= TimeSpan.Zero)
        {
            Add(calls, now);
            return;
        }

        Add(calls / span.TotalSeconds * memory.TotalSeconds * Full(span), now);
        if (from < _since)
            _since = from;
    }

    /// <summary>Calls per second, at present.</summary>
    public readonly double PerSecond(DateTimeOffset now)
    {
        if (IsUnknown)
            return 0;
        var watched = now - _since;
        return WeightAt(now) / (memory.TotalSeconds * Full(watched > _leastWatched ? watched : _leastWatched));
    }

    /// <summary>
    /// When <paramref name="remaining"/> calls are used up at the present rate: null when the window resets before, or nothing is used.
    /// </summary>
    public readonly DateTimeOffset? ExhaustedAt(long remaining, DateTimeOffset resetAt, DateTimeOffset now)
    {
        if (remaining <= 0)
            return now;
        var seconds = remaining / PerSecond(now);
        return seconds < (resetAt - now).TotalSeconds ? now.AddSeconds(seconds) : null;
    }

    private readonly double WeightAt(DateTimeOffset now) => now <= _at ? _weight : _weight * Math.Exp((_at - now) / memory);

    // The share of a steady rate's full weight that has gathered after a time.
    private readonly double Full(TimeSpan span) => 1 - Math.Exp(-(span / memory));
}
