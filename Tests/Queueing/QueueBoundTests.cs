using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Tests.Queueing;

/// <summary>How many may wait, and for whom places are kept.</summary>
public sealed class QueueBoundTests
{
    [Fact]
    public async Task A_client_alone_gets_its_share_of_an_accounts_places_and_another_client_the_rest()
    {
        var bench = Bench(new() { MaxPerAccount = 10, ClientShare = 0.5 });
        Assert.Equal(5, await FillAsync(bench, client: "greedy"));
        Assert.Equal(5, await FillAsync(bench, client: "modest"));
        Assert.Equal(0, await FillAsync(bench, client: "late"));
    }

    [Fact]
    public async Task The_last_places_are_kept_for_interactive_calls()
    {
        var bench = Bench(
            new()
            {
                MaxPerAccount = 10,
                ClientShare = 1,
                InteractiveShare = 0.2,
            }
        );
        Assert.Equal(8, await FillAsync(bench, urgency: 4));
        Assert.Equal(2, await FillAsync(bench, urgency: 3));
    }

    [Fact]
    public async Task The_whole_process_has_its_own_bound_over_all_accounts()
    {
        var bench = Bench(
            new()
            {
                MaxPerAccount = 10,
                MaxPerNode = 15,
                ClientShare = 1,
            },
            "alice",
            "bob",
            "carol"
        );
        Assert.Equal(10, await FillAsync(bench, "alice"));
        Assert.Equal(5, await FillAsync(bench, "bob"));
        Assert.Equal(0, await FillAsync(bench, "carol"));
    }

    [Fact]
    public async Task Bodies_that_wait_take_no_more_memory_than_is_allowed()
    {
        var bench = Bench(new() { MaxBytesPerNode = 1024 * 1024, ClientShare = 1 });
        Assert.Equal(4, await FillAsync(bench, bytes: 256 * 1024));
        var turn = await WaitAsync(bench, bytes: 1);
        Assert.Contains("hold 1 MiB", turn!.Value.Rejection!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_clients_bodies_leave_room_for_anothers_and_background_calls_for_interactive_ones()
    {
        var bench = Bench(
            new()
            {
                MaxBytesPerNode = 1024 * 1024,
                ClientShare = 0.5,
                InteractiveShare = 0.25,
            }
        );
        Assert.Equal(4, await FillAsync(bench, client: "greedy", urgency: 4, bytes: 128 * 1024));
        Assert.Equal(2, await FillAsync(bench, client: "late", urgency: 4, bytes: 128 * 1024));
        Assert.Equal(2, await FillAsync(bench, client: "late", bytes: 128 * 1024));
        Assert.Null(await WaitAsync(bench, client: "greedy", urgency: 4)); // without a body
    }

    [Fact]
    public async Task A_body_larger_than_a_clients_share_may_wait_by_itself()
    {
        var bench = Bench(new() { MaxBytesPerNode = 1024 * 1024 });
        Assert.Equal(1, await FillAsync(bench, urgency: 4, bytes: 1024 * 1024));
    }

    [Fact]
    public async Task Who_finds_no_place_is_told_so_and_when_the_window_opens()
    {
        var bench = Bench(new() { MaxPerAccount = 1 });
        await FillAsync(bench);
        var refusal = (await WaitAsync(bench))!.Value.Rejection!;
        Assert.Equal((RejectionReason.RateLimited, TimeSpan.FromMinutes(1)), (refusal.Reason, refusal.RetryAfter));
        Assert.Contains("its line is full: 1 calls of the account wait", refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_place_comes_back()
    {
        var bench = Bench(new() { MaxPerAccount = 10, ClientShare = 1 });
        Assert.Equal(10, await FillAsync(bench, seconds: 61));
        bench.Clock.Advance(TimeSpan.FromMinutes(5));
        bench.UseUp();
        bench.Clock.Advance(TimeSpan.FromMinutes(10));
        await Task.WhenAll(_waits);
        Assert.Equal(0, bench.Queue.Waiting);
        Assert.Equal(10, await FillAsync(bench));
    }

    [Fact]
    public async Task Where_nobody_may_wait_everybody_is_refused_as_if_they_had_not_asked()
    {
        var bench = Bench(new() { MaxWait = TimeSpan.Zero });
        var refusal = (await WaitAsync(bench))!.Value.Rejection!;
        Assert.Equal("X's limit for GET /2/x is used up for this account.", refusal.Detail);
    }

    private readonly List<Task<Turn>> _waits = [];

    // A minute before the reset, which is too soon for none of those who come.
    private static QueueBench Bench(QueueOptions options, params string[] accounts)
    {
        var bench = new QueueBench(limit: 10_000, options: options);
        foreach (var account in accounts is [] ? ["alice"] : accounts)
            bench.UseUp(account);
        bench.Clock.Advance(TimeSpan.FromMinutes(14));
        return bench;
    }

    private async Task<int> FillAsync(
        QueueBench bench,
        string account = "alice",
        string client = "app",
        int urgency = 3,
        long bytes = 0,
        int seconds = 300
    )
    {
        var filled = 0;
        while (await WaitAsync(bench, account, client, urgency, bytes, seconds) is null)
            filled++;
        return filled;
    }

    /// <summary>Stands in line.</summary>
    /// <returns>Null when it does; else what it was told.</returns>
    private async Task<Turn?> WaitAsync(
        QueueBench bench,
        string account = "alice",
        string client = "app",
        int urgency = 3,
        long bytes = 0,
        int seconds = 300
    )
    {
        var before = bench.Queue.Waiting;
        var block = bench.Windows(account).BlockedAt(bench.Now).GetValueOrDefault();
        var wait = bench
            .Account(account)
            .WaitAsync(
                bench.Call("", client, urgency, bytes),
                bench.Windows(account),
                new(block.Until, block.ByApp, BehindOthers: false),
                TimeSpan.FromSeconds(seconds),
                bench.Queue.NextTicket(),
                CancellationToken.None
            );
        if (bench.Queue.Waiting == before)
            return await wait;
        _waits.Add(wait);
        return null;
    }
}
