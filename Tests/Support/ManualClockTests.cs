namespace OrleansTwitterProxy.Tests.Support;

public sealed class ManualClockTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public void Timers_fire_in_order_of_their_due_time_and_see_it()
    {
        List<(string Name, TimeSpan At)> fired = [];
        var start = _clock.GetUtcNow();
        using var late = Timer("late", TimeSpan.FromSeconds(3));
        using var early = Timer("early", TimeSpan.FromSeconds(1));
        using var never = Timer("never", TimeSpan.FromSeconds(10));

        _clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal([("early", TimeSpan.FromSeconds(1)), ("late", TimeSpan.FromSeconds(3))], fired);
        Assert.Equal(start + TimeSpan.FromSeconds(5), _clock.GetUtcNow());
        Assert.Equal(1, _clock.PendingTimers);

        ITimer Timer(string name, TimeSpan due) =>
            _clock.CreateTimer(_ => fired.Add((name, _clock.GetUtcNow() - start)), null, due, Timeout.InfiniteTimeSpan);
    }

    [Fact]
    public void A_periodic_timer_fires_once_per_period_until_it_is_disposed()
    {
        var count = 0;
        var timer = _clock.CreateTimer(_ => count++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        _clock.Advance(TimeSpan.FromSeconds(6));
        timer.Dispose();
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(3, count);
    }

    [Fact]
    public async Task A_delay_ends_when_its_time_has_come_and_not_before()
    {
        var delay = Task.Delay(TimeSpan.FromSeconds(10), _clock);
        _clock.Advance(TimeSpan.FromSeconds(9.999));
        Assert.False(delay.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await delay;
    }

    [Fact]
    public void A_cancellation_token_with_a_timeout_follows_the_clock()
    {
        using var source = new CancellationTokenSource(TimeSpan.FromSeconds(1), _clock);
        Assert.False(source.IsCancellationRequested);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(source.IsCancellationRequested);
    }

    [Fact]
    public void Elapsed_time_is_the_time_advanced()
    {
        var started = _clock.GetTimestamp();
        _clock.Advance(TimeSpan.FromMilliseconds(1234));
        Assert.Equal(TimeSpan.FromMilliseconds(1234), _clock.GetElapsedTime(started));
    }
}
