namespace OrleansTwitterProxy.Sandbox;

/// <summary>The state of one window at a call; <see cref="ResetAt"/> in unix seconds, as in X's headers.</summary>
internal readonly record struct WindowReading(int Limit, int Remaining, long ResetAt);

/// <summary>A fixed window that opens at its first call. Not thread-safe: guarded by <see cref="EndpointWindows"/>.</summary>
internal sealed class RateWindow(long seconds)
{
    public const long QuarterHour = 15 * 60;
    public const long Day = 24 * 60 * 60;

    private int _used;
    private long _resetAt;

    public bool IsExhausted(int limit, long now)
    {
        Roll(now);
        return _used >= limit;
    }

    public void Take() => _used++;

    public void Exhaust(int limit, long now)
    {
        Roll(now);
        _used = Math.Max(_used, limit);
    }

    public WindowReading Read(int limit) => new(limit, Math.Max(0, limit - _used), _resetAt);

    private void Roll(long now)
    {
        if (now < _resetAt)
            return;
        _used = 0;
        _resetAt = now + seconds;
    }
}
