using System.Globalization;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Forwarding;

public sealed class RetryPolicyTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly UpstreamResult Unavailable = new(UpstreamFault.None, 503, [], default);

    private readonly RetryPolicy _policy = Policy(new() { MaxRetries = 5, BudgetPerSecond = 100 });

    [Theory]
    [InlineData(0, 100)]
    [InlineData(1, 200)]
    [InlineData(2, 400)]
    [InlineData(4, 1000)]
    public void The_wait_is_drawn_between_zero_and_a_bound_that_doubles_up_to_its_own(int made, int bound)
    {
        var policy = Policy(
            new()
            {
                MaxRetries = 5,
                MaxDelay = TimeSpan.FromSeconds(1),
                BudgetPerSecond = 100,
            }
        );
        List<double> drawn = [];
        for (var i = 0; i < 500; i++)
        {
            Assert.True(policy.TryPlan(Unavailable, isSafe: true, made, TimeSpan.Zero, Deadline, out var delay));
            drawn.Add(delay.TotalMilliseconds);
        }

        Assert.InRange(drawn.Max(), bound * 0.9, bound); // that none of 500 draws lies in the last tenth: 1 in 10^22
        Assert.InRange(drawn.Min(), 0, bound * 0.1);
    }

    [Fact]
    public void No_more_than_the_set_number_is_made()
    {
        Assert.True(TryPlan(Unavailable, made: 4));
        Assert.False(TryPlan(Unavailable, made: 5));
    }

    [Fact]
    public void Past_half_of_the_deadline_none_is_begun()
    {
        Assert.True(TryPlan(Unavailable, spent: TimeSpan.FromSeconds(14)));
        Assert.False(TryPlan(Unavailable, spent: TimeSpan.FromSeconds(15.1)));
        Assert.False(TryPlan(UpstreamResult.Failed(UpstreamFault.Timeout), spent: Deadline));
    }

    [Fact]
    public void Without_budget_none_is_made_and_a_refusal_of_X_takes_nothing_from_it()
    {
        var policy = Policy(new() { BudgetPerSecond = 1, BudgetShare = 0 });
        for (var i = 0; i < 100; i++)
            Assert.False(policy.TryPlan(new(UpstreamFault.None, 403, [], default), isSafe: true, 0, TimeSpan.Zero, Deadline, out _));
        for (var i = 0; i < 10; i++)
            Assert.True(policy.TryPlan(Unavailable, isSafe: true, 0, TimeSpan.Zero, Deadline, out _));
        Assert.False(policy.TryPlan(Unavailable, isSafe: true, 0, TimeSpan.Zero, Deadline, out _));
    }

    [Fact]
    public void An_X_that_says_when_to_come_back_is_not_asked_before()
    {
        Assert.True(_policy.TryPlan(ComeBackIn(1), isSafe: true, 0, TimeSpan.Zero, Deadline, out var delay));
        Assert.Equal(TimeSpan.FromSeconds(1), delay);
        Assert.False(TryPlan(ComeBackIn(3)));
    }

    private bool TryPlan(UpstreamResult result, int made = 0, TimeSpan spent = default) =>
        _policy.TryPlan(result, isSafe: true, made, spent, Deadline, out _);

    private static UpstreamResult ComeBackIn(int seconds) =>
        Unavailable with
        {
            Headers = [new("Retry-After", seconds.ToString(CultureInfo.InvariantCulture))],
        };

    private static RetryPolicy Policy(RetryOptions options) => new(Options.Create(options), new ManualClock());
}
