using OrleansTwitterProxy.Core.Queueing;

namespace OrleansTwitterProxy.Tests.Queueing;

public sealed class GcraTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Gcra _rate = new();

    [Fact]
    public void A_few_go_at_once_and_the_others_an_interval_apart() =>
        Assert.Equal([0, 0, 0, 10, 20, 30], GoTimes(Noon, count: 6, burst: 3));

    [Fact]
    public void A_pause_earns_a_burst_and_no_more_than_one()
    {
        GoTimes(Noon, count: 3, burst: 3);
        Assert.Equal([0, 0, 0, 10], GoTimes(Noon.AddHours(1), count: 4, burst: 3));
    }

    [Fact]
    public void What_it_foretells_comes_true()
    {
        GoTimes(Noon, count: 2, burst: 3);
        var start = Noon.AddSeconds(4);
        var foretold = Enumerable.Range(0, 5).Select(ahead => (_rate.NthAt(start, ahead, Interval, 3) - start).TotalSeconds).ToList();
        Assert.Equal(foretold, GoTimes(start, count: 5, burst: 3));
    }

    [Fact]
    public void A_clock_that_is_set_back_costs_one_bursts_worth_of_waiting_at_most()
    {
        GoTimes(Noon, count: 3, burst: 3);
        Assert.Equal(Noon.AddHours(-1).AddSeconds(10), _rate.NextAt(Noon.AddHours(-1), Interval, 3));
    }

    private List<double> GoTimes(DateTimeOffset from, int count, int burst)
    {
        List<double> times = [];
        for (var now = from; times.Count < count; )
        {
            now = _rate.NextAt(now, Interval, burst);
            times.Add((now - from).TotalSeconds);
            _rate.Took(now, Interval, burst);
        }

        return times;
    }
}
