namespace OrleansTwitterProxy.Core.Queueing;

/// <summary>Spaces calls evenly: a burst first, then one per interval (generic cell rate algorithm). Not thread-safe.</summary>
internal sealed class Gcra
{
    private DateTimeOffset _due; // when the next call would be due without a burst

    /// <summary>When the next call may start.</summary>
    public DateTimeOffset NextAt(DateTimeOffset now, TimeSpan interval, int burst) => NthAt(now, 0, interval, burst);

    /// <summary>
    /// When the call behind <paramref name="ahead"/> others may start, if the first may not start before <paramref name="start"/>.
    /// </summary>
    public DateTimeOffset NthAt(DateTimeOffset start, long ahead, TimeSpan interval, int burst)
    {
        // Cannot be more than a burst ahead, unless the clock was set back or the interval has become shorter.
        var due =
            _due < start ? start
            : _due > start + (burst * interval) ? start + (burst * interval)
            : _due;
        var at = due + ((ahead - burst + 1) * interval);
        return at > start ? at : start;
    }

    /// <summary>Records the start of a call.</summary>
    public void Took(DateTimeOffset now, TimeSpan interval, int burst)
    {
        var most = now + (burst * interval);
        _due = (_due > now ? _due : now) + interval;
        if (_due > most)
            _due = most;
    }
}
