using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;

namespace OrleansTwitterProxy.Tests.Queueing;

/// <summary>The clients of one account share its windows.</summary>
public sealed class ClientShareTests
{
    [Fact]
    public void A_client_cannot_use_up_the_window_of_an_account_that_others_use_too()
    {
        var bench = new QueueBench(limit: 100);

        var greedy = Count(bench, "greedy", shared: true);

        Assert.Equal(90, greedy); // the last tenth is for the others
        Assert.Equal(10, Count(bench, "modest", shared: true));
    }

    [Theory]
    [InlineData(0.5, 0.5, 50)]
    [InlineData(0.2, 0.4, 60)]
    [InlineData(1.0, 0.4, 100)]
    public void Its_largest_share_is_configured(double share, double reserve, int most)
    {
        var bench = new QueueBench(limit: 100, options: new() { WindowShare = share, InteractiveShare = reserve });

        Assert.Equal(most, Count(bench, "greedy", shared: true));
    }

    [Fact]
    public void A_client_that_is_alone_may_use_the_whole_window()
    {
        var bench = new QueueBench(limit: 100);

        Assert.Equal(100, Count(bench, "app", shared: false));
    }

    [Fact]
    public void A_client_that_has_had_its_share_is_told_so_and_begins_anew_with_the_window()
    {
        var bench = new QueueBench(limit: 100);
        Count(bench, "greedy", shared: true);

        var refusal = bench.Account().Preview(bench.Call("", "greedy", shared: true), bench.Windows())!;

        Assert.Contains("reserved for the account's other clients", refusal.Detail, StringComparison.Ordinal);
        bench.Clock.Advance(refusal.RetryAfter!.Value);
        Assert.Equal(90, Count(bench, "greedy", shared: true));
    }

    [Fact]
    public async Task Waiting_calls_of_a_client_that_has_had_its_share_let_the_others_go_first()
    {
        var bench = new QueueBench(limit: 10, options: new() { Burst = 1000 });
        bench.UseUp();
        bench.Clock.Advance(TimeSpan.FromMinutes(15) - TimeSpan.FromSeconds(1));
        var greedy = Enumerable.Range(0, 20).Select(i => bench.Wait($"greedy {i}", client: "greedy", shared: true)).ToList();
        var modest = bench.Wait("modest", client: "modest", shared: true);

        bench.Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Null((await modest).Rejection);
        Assert.True(bench.TryGo(out _, client: "modest", shared: true)); // the last of the window is reserved for it
        Assert.False(bench.TryGo(out _, client: "modest", shared: true));
        bench.Account().Close();
        Assert.Equal(8, (await Task.WhenAll(greedy)).Count(turn => turn.Rejection is null));
    }

    private static int Count(QueueBench bench, string client, bool shared)
    {
        var count = 0;
        while (Settle(bench, client, shared))
            count++;
        return count;
    }

    private static bool Settle(QueueBench bench, string client, bool shared)
    {
        if (!bench.TryGo(out var permits, client: client, shared: shared))
            return false;
        permits.Settle(default, bench.Now);
        return true;
    }
}
