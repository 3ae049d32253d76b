using OrleansTwitterProxy.Core.RateLimits;

namespace OrleansTwitterProxy.Tests.RateLimits;

public sealed class SpendRateTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private SpendRate _rate = new(TimeSpan.FromMinutes(5));

    [Fact]
    public void A_steady_rate_is_told_as_it_is_from_the_first_minute_on()
    {
        for (var second = 0; second < 3_600; second++)
        {
            _rate.Add(2, Start.AddSeconds(second));
            if (second >= 60)
                Assert.InRange(_rate.PerSecond(Start.AddSeconds(second)), 1.9, 2.1);
        }
    }

    [Fact]
    public void A_first_call_is_not_taken_for_a_thousand_a_second()
    {
        _rate.Add(1, Start);
        Assert.InRange(_rate.PerSecond(Start), 1 / 61.0, 1 / 50.0);
    }

    [Fact]
    public void A_rate_that_was_fades()
    {
        for (var second = 0; second < 600; second++)
            _rate.Add(1, Start.AddSeconds(second));
        Assert.InRange(_rate.PerSecond(Start.AddSeconds(600) + TimeSpan.FromMinutes(20)), 0, 0.03);
    }

    [Fact]
    public void What_was_used_before_anybody_looked_counts_as_used_evenly()
    {
        _rate.AddSpread(600, Start, Start.AddMinutes(10));
        Assert.InRange(_rate.PerSecond(Start.AddMinutes(10)), 0.99, 1.01);
    }

    [Fact]
    public void The_end_is_named_where_it_comes_before_the_reset_and_nowhere_else()
    {
        _rate.AddSpread(600, Start, Start.AddMinutes(10));
        var now = Start.AddMinutes(10);

        Assert.InRange(_rate.ExhaustedAt(60, now.AddMinutes(5), now)!.Value, now.AddSeconds(59), now.AddSeconds(61));
        Assert.Null(_rate.ExhaustedAt(600, now.AddMinutes(5), now));
        Assert.Equal(now, _rate.ExhaustedAt(0, now.AddMinutes(5), now));
    }

    [Fact]
    public void What_is_not_used_never_ends() => Assert.Null(_rate.ExhaustedAt(1, Start.AddDays(1), Start));

    [Fact]
    public void A_clock_that_is_set_back_leaves_the_rate_finite()
    {
        _rate.Add(5, Start);
        _rate.Add(5, Start.AddYears(-1));
        Assert.InRange(_rate.PerSecond(Start.AddYears(-1)), 0, 1);
    }
}
