namespace OrleansTwitterProxy.Tests.Support;

/// <summary>
/// A clock that moves only when told, and fires what is due, in order, on the way. Microsoft.Extensions.TimeProvider.Testing does not
/// restore where this is built, so it is written out here. Thread-safe.
/// </summary>
public sealed class ManualClock : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now;
    private long _created;

    public ManualClock()
        : this(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero)) { }

    public ManualClock(DateTimeOffset start) => _now = start;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Timers that are yet to fire.</summary>
    public int PendingTimers
    {
        get
        {
            lock (_lock)
                return _timers.Count(timer => timer.DueAt is not null);
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return _now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (_lock)
        {
            var timer = new ManualTimer(this, _created++, () => callback(state));
            _timers.Add(timer);
            timer.Set(dueTime, period);
            return timer;
        }
    }

    /// <summary>Moves on, stopping at every timer that comes due on the way; callbacks run here, one after the other.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        DateTimeOffset target;
        lock (_lock)
            target = _now + by;
        while (true)
        {
            Action callback;
            lock (_lock)
            {
                var next = _timers.Where(timer => timer.DueAt <= target).MinBy(timer => (timer.DueAt, timer.Order));
                if (next is null)
                {
                    if (_now < target)
                        _now = target;
                    return;
                }

                if (_now < next.DueAt)
                    _now = next.DueAt.Value;
                callback = next.Fire();
            }

            callback(); // outside the lock: it may make timers, or ask the time
        }
    }

    private sealed class ManualTimer(ManualClock clock, long order, Action callback) : ITimer
    {
        private TimeSpan _period = Timeout.InfiniteTimeSpan;

        public long Order => order;

        public DateTimeOffset? DueAt { get; private set; }

        public void Set(TimeSpan dueTime, TimeSpan period)
        {
            DueAt = dueTime == Timeout.InfiniteTimeSpan ? null : clock._now + dueTime;
            _period = period;
        }

        public Action Fire()
        {
            DueAt = _period > TimeSpan.Zero ? DueAt + _period : null;
            return callback;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                if (!clock._timers.Contains(this))
                    return false;
                Set(dueTime, period);
                return true;
            }
        }

        public void Dispose()
        {
            lock (clock._lock)
                clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
