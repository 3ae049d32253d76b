namespace OrleansTwitterProxy.Core.Queueing;

/// <summary>
/// Spaces out what would else go all at once: a few at first, then one per interval (the generic cell rate algorithm). Not thread-safe.
/// </summary>
internal sealed class Gcra
{
    private DateTimeOffset _due; // when a line without any burst would let the next one go

    /// <summary>When the next may go.</summary>
    public DateTimeOffset NextAt(DateTimeOffset now, TimeSpan interval, int burst) => NthAt(now, 0, interval, burst);

    /// <summary>When the one after <paramref name="ahead"/> others may go, if the first may not before <paramref name="start"/>.</summary>
    public DateTimeOffset NthAt(DateTimeOffset start, long ahead, TimeSpan interval, int burst)
    {
        // More debt than a burst cannot have been run up: the clock was set back, or the interval has shrunk.
        var due =
            _due < start ? start
            : _due > start + (burst * interval) ? start + (burst * interval)
            : _due;
        var at = due + ((ahead - burst + 1) * interval);
        return at > start ? at : start;
    }

    /// <summary>One has gone.</summary>
    public void Took(DateTimeOffset now, TimeSpan interval, int burst)
    {
        var most = now + (burst * interval);
        _due = (_due > now ? _due : now) + interval;
        if (_due > most)
            _due = most;
    }
}
