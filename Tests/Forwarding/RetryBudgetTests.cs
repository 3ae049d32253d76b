using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Forwarding;

public sealed class RetryBudgetTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public void A_process_that_has_just_started_may_repeat_a_few() => Assert.Equal(10, Drain(new(0.1, 1, _clock)));

    [Fact]
    public void Ten_calls_earn_one_repetition()
    {
        var budget = Drained(0.1, 1);
        for (var i = 0; i < 9; i++)
            budget.Earn();
        Assert.False(budget.TrySpend());
        for (var i = 0; i < 2; i++)
            budget.Earn();
        Assert.True(budget.TrySpend());
        Assert.False(budget.TrySpend());
    }

    [Fact]
    public void While_X_fails_on_everything_repetitions_stay_at_their_share()
    {
        var budget = Drained(0.1, 0);
        var repeated = 0;
        for (var i = 0; i < 10_000; i++)
        {
            budget.Earn();
            while (budget.TrySpend())
                repeated++;
        }

        Assert.InRange(repeated, 999, 1000);
    }

    [Fact]
    public void Time_fills_it_to_ten_seconds_worth_and_no_further()
    {
        var budget = Drained(0, 3);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(3, Drain(budget));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(30, Drain(budget));
    }

    [Fact]
    public void However_many_calls_have_earned_an_outage_begins_with_a_hundred_repetitions_at_most()
    {
        var budget = Drained(1, 0);
        for (var i = 0; i < 10_000; i++)
            budget.Earn();
        Assert.Equal(100, Drain(budget));
    }

    [Fact]
    public void Many_threads_spend_no_more_than_there_is()
    {
        var budget = new RetryBudget(0, 10, _clock);
        var spent = 0;
        Parallel.For(0, 1000, _ =>
        {
            if (budget.TrySpend())
                Interlocked.Increment(ref spent);
        });
        Assert.Equal(100, spent);
    }

    private RetryBudget Drained(double share, double perSecond)
    {
        var budget = new RetryBudget(share, perSecond, _clock);
        Drain(budget);
        return budget;
    }

    private static int Drain(RetryBudget budget)
    {
        var spent = 0;
        while (budget.TrySpend())
            spent++;
        return spent;
    }
}
