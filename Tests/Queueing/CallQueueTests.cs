using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Tests.Queueing;

/// <summary>Waiting for a window: who goes when, and what those are told who do not.</summary>
public sealed class CallQueueTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30); // of the test, in real time

    [Fact]
    public async Task At_a_reset_a_few_go_at_once_and_the_others_evenly_spaced_in_the_order_they_came()
    {
        var bench = new QueueBench(limit: 100);
        bench.UseUp();
        bench.Clock.Advance(TimeSpan.FromMinutes(14));
        var waits = Enumerable.Range(0, 12).Select(i => bench.Wait($"{i:00}")).ToList();

        Assert.Empty(bench.Pass(59));
        var gone = bench.Pass(60);

        // 100 calls in a window that is longer than anybody waits: one every 3 s of those 5 minutes.
        Assert.Equal(Enumerable.Range(0, 12).Select(i => (i < 5 ? 1 : 1 + (3 * (i - 4)), $"{i:00}")), gone);
        foreach (var wait in waits)
            Assert.Null((await wait.WaitAsync(Patience)).Rejection);
        Assert.Equal(0, bench.Queue.Waiting);
        Assert.Equal(88, bench.Windows().Account.Outlook(bench.Now).Left);
    }

    [Fact]
    public async Task Where_X_takes_one_call_a_second_they_go_one_a_second()
    {
        var bench = new QueueBench(limit: 300, perSecond: 1);
        bench.UseUp();
        string[] names = ["a", "b", "c"];
        var waits = names.Select(name => bench.Wait(name)).ToList();

        for (var i = 0; i < names.Length; i++)
        {
            Assert.Equal([(1, names[i])], bench.Pass(1));
            var turn = await waits[i].WaitAsync(Patience);
            turn.Permits.Settle(default, bench.Now);
            bench.Account().Returned(bench.Endpoint.Key);
        }

        Assert.Equal(0, bench.Queue.Waiting);
    }

    [Fact]
    public async Task A_reset_beyond_the_wait_refuses_at_once_and_says_when()
    {
        var bench = new QueueBench(limit: 10);
        bench.UseUp();

        var turn = await bench.Wait("a", seconds: 300).WaitAsync(Patience);

        Assert.Equal((RejectionReason.RateLimited, TimeSpan.FromMinutes(15)), (turn.Rejection!.Reason, turn.Rejection.RetryAfter));
        Assert.Contains(
            "number 1 in the line and go in about 900 s, which is longer than it may wait",
            turn.Rejection.Detail,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_place_too_far_back_refuses_at_once_with_the_time_it_would_take()
    {
        var bench = new QueueBench(limit: 10); // one every 30 s
        bench.UseUp();
        bench.Clock.Advance(TimeSpan.FromMinutes(14));
        for (var i = 0; i < 6; i++)
            _ = bench.Wait($"{i}");

        var turn = await bench.Wait("late", seconds: 89).WaitAsync(Patience);

        Assert.Equal(TimeSpan.FromSeconds(120), turn.Rejection!.RetryAfter); // the reset, and two after the first five
        Assert.Contains("number 7", turn.Rejection.Detail, StringComparison.Ordinal);
        Assert.Equal(6, bench.InLine().Length);
    }

    [Fact]
    public async Task Who_has_waited_in_vain_is_told_its_place()
    {
        var bench = new QueueBench(limit: 10);
        var inFlight = bench.Go(10);
        foreach (var permits in inFlight[1..])
            permits.Settle(default, bench.Now);
        bench.Clock.Advance(TimeSpan.FromMinutes(14));
        var wait = bench.Wait("a", seconds: 61);
        // X says that its window ends later than it had.
        inFlight[0].Settle(new(new(10, 0, bench.Now.AddMinutes(10)), null, null), bench.Now);
        bench.Clock.Advance(TimeSpan.FromSeconds(61));

        var turn = await wait.WaitAsync(Patience);

        Assert.Equal((RejectionReason.RateLimited, TimeSpan.FromSeconds(539)), (turn.Rejection!.Reason, turn.Rejection.RetryAfter));
        Assert.Contains("within 61 s; it was number 1", turn.Rejection.Detail, StringComparison.Ordinal);
        Assert.Equal(0, bench.Queue.Waiting);
    }

    [Fact]
    public async Task Who_leaves_gives_its_place_back_at_once()
    {
        var bench = NearTheReset();
        using var caller = new CancellationTokenSource();
        var leaving = bench.Wait("a", cancellationToken: caller.Token);
        _ = bench.Wait("b");
        Assert.Equal(["a", "b"], bench.InLine());

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving.WaitAsync(Patience));
        Assert.Equal(["b"], bench.InLine());
        Assert.Equal(1, bench.Queue.Waiting);
    }

    [Fact]
    public async Task A_permit_that_comes_back_unused_goes_to_the_next_at_once()
    {
        var bench = new QueueBench(limit: 1);
        var used = bench.Go(1)[0];
        bench.Clock.Advance(TimeSpan.FromMinutes(14));
        var wait = bench.Wait("a");
        Assert.Equal(["a"], bench.InLine());

        used.Release();
        bench.Account().Returned(bench.Endpoint.Key);

        Assert.Empty(bench.InLine());
        (await wait.WaitAsync(Patience)).Permits.Release();
        Assert.Equal(1, bench.Windows().Account.Outlook(bench.Now).Left);
    }

    [Fact]
    public void Nobody_overtakes_those_of_its_own_client_who_wait_but_the_more_urgent()
    {
        var bench = Draining("a", "b");

        Assert.False(bench.TryGo(out _));
        Assert.False(bench.TryGo(out _, urgency: 5));
        Assert.True(bench.TryGo(out _, urgency: 2));
    }

    [Fact]
    public void A_client_that_has_nobody_waiting_has_its_turn_between_two_of_anothers()
    {
        var bench = Draining("a", "b", "c");

        Assert.True(bench.TryGo(out _, client: "other"));
        Assert.False(bench.TryGo(out _, client: "other"));
        Assert.False(bench.TryGo(out _, client: "other", urgency: 6)); // background does not go while anybody more urgent waits
        Assert.NotEmpty(bench.Pass(4));
        Assert.True(bench.TryGo(out _, client: "other"));
    }

    [Fact]
    public void Another_account_is_not_held_up()
    {
        var bench = Draining("a", "b");
        Assert.True(bench.TryGo(out _, account: "bob"));
    }

    [Fact]
    public void When_the_apps_window_is_the_scarce_one_accounts_take_turns_and_the_urgent_go_first()
    {
        var bench = new QueueBench(limit: 100, appLimit: 10);
        bench.UseUp();
        bench.Clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromMinutes(1));
        foreach (var name in (string[])["a1", "a2", "a3"])
            _ = bench.Wait(name, account: "alice");
        _ = bench.Wait("b1", account: "bob");
        _ = bench.Wait("b2", account: "bob");
        _ = bench.Wait("c1", account: "carol", urgency: 6);
        List<string> gone = [];

        bench.Clock.Advance(TimeSpan.FromMinutes(1));
        Look();
        for (var second = 0; second < 120; second++)
        {
            bench.Clock.Advance(TimeSpan.FromSeconds(1));
            Look();
        }

        // Five at once; the sixth, one of ten in five minutes, 30 s later.
        Assert.Equal(["a1", "b1", "a2", "b2", "a3", "c1"], gone);

        void Look()
        {
            string[] waiting = [.. bench.InLine("alice"), .. bench.InLine("bob"), .. bench.InLine("carol")];
            string[] turns = ["a1", "b1", "a2", "b2", "a3", "c1"];
            gone.AddRange(turns.Except(waiting).Except(gone));
        }
    }

    [Fact]
    public void A_background_call_that_leaves_the_apps_last_calls_to_others_holds_none_of_them_up()
    {
        var bench = new QueueBench(limit: 2, appLimit: 20);
        foreach (var account in Enumerable.Range(0, 8))
            bench.UseUp($"{account}");
        bench.Clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(200 + 898));
        bench.UseUp("alice"); // the two that are left of the app's are kept
        bench.Clock.Advance(TimeSpan.FromSeconds(898));
        _ = bench.Wait("background", account: "carol", urgency: 5);
        _ = bench.Wait("interactive", account: "alice");

        Assert.Equal([(2, "interactive")], bench.Pass(3, "alice"));
        Assert.Equal(["background"], bench.InLine("carol"));
    }

    [Fact]
    public async Task A_reset_of_the_apps_window_beyond_the_wait_refuses_at_once_too()
    {
        var bench = new QueueBench(limit: 100, appLimit: 10);
        bench.UseUp();

        var turn = await bench.Wait("a", seconds: 300).WaitAsync(Patience);

        Assert.Equal((RejectionReason.RateLimited, TimeSpan.FromHours(24)), (turn.Rejection!.Reason, turn.Rejection.RetryAfter));
        Assert.Contains("for all accounts together", turn.Rejection.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_the_accounts_window_and_the_apps_the_one_that_resets_last_is_told()
    {
        var bench = new QueueBench(limit: 10, appLimit: 10);
        bench.UseUp();

        Assert.False(bench.Account().TryGo(bench.Call(""), bench.Windows(), out _, out var delay));

        Assert.Equal((bench.Now.AddHours(24), true), (delay.Until, delay.ByApp));
        Assert.Equal(TimeSpan.FromHours(24), bench.Account().Preview(bench.Call(""), bench.Windows())!.RetryAfter);
        bench.Clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.FromMinutes(1), bench.Account().Preview(bench.Call(""), bench.Windows())!.RetryAfter);
    }

    [Fact]
    public void A_window_that_only_calls_in_flight_hold_is_waited_for()
    {
        var bench = new QueueBench(limit: 1);
        var inFlight = bench.Go(1)[0];
        bench.Clock.Advance(TimeSpan.FromMinutes(15)); // its window is over, and it may count in the next
        _ = bench.Wait("a", seconds: 60);
        Assert.Equal(["a"], bench.InLine());

        inFlight.Release();
        bench.Account().Returned(bench.Endpoint.Key);

        Assert.Empty(bench.InLine());
    }

    [Fact]
    public async Task Closing_answers_everybody_and_lets_nobody_wait_any_more()
    {
        var bench = NearTheReset();
        Task<Turn>[] waits = [bench.Wait("a"), bench.Wait("b", client: "other"), bench.Wait("c", urgency: 7)];

        bench.Queue.Close();

        foreach (var wait in waits)
            Assert.Equal(RejectionReason.ShuttingDown, (await wait.WaitAsync(Patience)).Rejection?.Reason);
        Assert.Equal(RejectionReason.ShuttingDown, (await bench.Wait("d").WaitAsync(Patience)).Rejection?.Reason);
        Assert.Equal(0, bench.Queue.Waiting);
    }

    [Fact]
    public async Task An_account_that_leaves_memory_takes_only_its_own_calls_along()
    {
        var bench = NearTheReset();
        var own = bench.Wait("a");
        bench.UseUp("bob");
        bench.Clock.Advance(TimeSpan.FromSeconds(30));
        bench.Account("bob").Close();

        Assert.Equal(["a"], bench.InLine());
        bench.Account().Close();
        Assert.Equal(RejectionReason.ShuttingDown, (await own.WaitAsync(Patience)).Rejection?.Reason);
    }

    [Fact]
    public void Everybody_is_told_place_and_time_and_sees_no_one_elses_session()
    {
        var bench = NearTheReset(limit: 100);
        for (var i = 0; i < 7; i++)
            _ = bench.Wait($"{i}");
        var reset = bench.Now.AddMinutes(1);

        var line = Assert.Single(bench.Account().Snapshot("session"));

        Assert.Equal((bench.Endpoint.Key, 7, reset), (line.EndpointKey, line.Waiting, line.NextAt));
        Assert.Equal([0, 0, 0, 0, 0, 3, 6], line.Own.Select(waiter => (waiter.ExpectedAt - reset).TotalSeconds));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], line.Own.Select(waiter => waiter.Place));
        Assert.Empty(Assert.Single(bench.Account().Snapshot("another")).Own);
    }

    [Fact]
    public void Background_calls_leave_a_share_of_the_window_to_interactive_ones()
    {
        var bench = new QueueBench(limit: 20);
        for (var i = 0; i < 18; i++)
            Assert.True(bench.TryGo(out _, urgency: 5));
        Assert.False(bench.TryGo(out _, urgency: 5));
        Assert.True(bench.TryGo(out _));
        Assert.True(bench.TryGo(out _));
        Assert.False(bench.TryGo(out _));
    }

    [Fact]
    public void An_interactive_call_is_not_held_up_by_background_calls_that_wait_for_what_is_kept_from_them()
    {
        var bench = new QueueBench(limit: 20);
        foreach (var permits in bench.Go(18))
            permits.Settle(default, bench.Now);
        bench.Clock.Advance(TimeSpan.FromMinutes(14));
        _ = bench.Wait("background", urgency: 5);
        Assert.Equal(["background"], bench.InLine());
        _ = bench.Wait("interactive");
        Assert.Equal(["background"], bench.InLine()); // it has gone
        Assert.Equal([(60, "background")], bench.Pass(60));
    }

    private static QueueBench NearTheReset(int limit = 10)
    {
        var bench = new QueueBench(limit);
        bench.UseUp();
        bench.Clock.Advance(TimeSpan.FromMinutes(14));
        return bench;
    }

    /// <summary>A window that has opened, and a line that goes on waiting for its pace: one call every three seconds.</summary>
    private static QueueBench Draining(params string[] names)
    {
        var bench = NearTheReset(limit: 100);
        for (var i = 0; i < 5; i++)
            _ = bench.Wait($"burst{i}");
        foreach (var name in names)
            _ = bench.Wait(name);
        bench.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(names, bench.InLine());
        return bench;
    }
}
