using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Sessions;

/// <summary>Many callers, one refresh.</summary>
public sealed class RefreshSingleFlightTests
{
    private const int Callers = 200;

    private static readonly TimeSpan TokenLifetime = TimeSpan.FromHours(2);

    private readonly ManualClock _clock = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Concurrent_calls_on_an_expired_token_spend_one_refresh_token(bool withCare)
    {
        await using var proxy = await StartAsync(withCare);
        _clock.Advance(TokenLifetime);
        await AllSucceedAsync(Calls(proxy, Callers));
        Assert.Equal((1, 1), Refreshes(proxy));
    }

    [Fact]
    public async Task A_token_endpoint_slower_than_every_timeout_of_a_call_fails_no_caller()
    {
        await using var proxy = await StartAsync(settings: new() { ["Twitter:RequestTimeout"] = "00:00:01" });
        var stalled = proxy.Sandbox.Faults.Add(new() { Endpoint = "token", Stall = true });
        _clock.Advance(TokenLifetime);
        var calls = Calls(proxy, Callers);
        await proxy.Sandbox.Faults.WaitUntilHitAsync(stalled);
        _clock.Advance(TimeSpan.FromMinutes(4));
        proxy.Sandbox.Faults.Release(stalled);
        await AllSucceedAsync(calls);
        Assert.Equal((1, 1), Refreshes(proxy));
    }

    [Fact]
    public async Task A_token_endpoint_slower_than_the_refresh_timeout_itself_is_asked_once_more()
    {
        await using var proxy = await StartAsync(
            settings: new() { ["Twitter:RequestTimeout"] = "00:00:01", ["Twitter:RefreshTimeout"] = "00:00:01" }
        );
        var stalled = proxy.Sandbox.Faults.Add(
            new()
            {
                Endpoint = "token",
                Stall = true,
                Times = 1,
            }
        );
        _clock.Advance(TokenLifetime);
        var calls = Calls(proxy, Callers);
        await proxy.Sandbox.Faults.WaitUntilHitAsync(stalled);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await AllSucceedAsync(calls);
        Assert.Equal((2, 1), Refreshes(proxy));
    }

    [Fact]
    public async Task The_first_caller_may_hang_up_in_the_middle()
    {
        await using var proxy = await StartAsync();
        var stalled = proxy.Sandbox.Faults.Add(new() { Endpoint = "token", Stall = true });
        _clock.Advance(TokenLifetime);
        using var firstCaller = new CancellationTokenSource();
        var first = proxy.Http.GetAsync(Accounts.AnyCall, firstCaller.Token);
        await proxy.Sandbox.Faults.WaitUntilHitAsync(stalled);
        var others = Calls(proxy, Callers);
        await firstCaller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        proxy.Sandbox.Faults.Release(stalled);
        await AllSucceedAsync(others);
        Assert.Equal((1, 1), Refreshes(proxy));
    }

    [Fact]
    public async Task A_refresh_goes_on_when_every_caller_has_hung_up()
    {
        await using var proxy = await StartAsync();
        var stalled = proxy.Sandbox.Faults.Add(new() { Endpoint = "token", StallAfterEffect = true });
        _clock.Advance(TokenLifetime);
        using var onlyCaller = new CancellationTokenSource();
        var call = proxy.Http.GetAsync(Accounts.AnyCall, onlyCaller.Token);
        await proxy.Sandbox.Faults.WaitUntilHitAsync(stalled);
        await onlyCaller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        proxy.Sandbox.Faults.Release(stalled);
        await AllSucceedAsync(Calls(proxy, 1));
        Assert.Equal((1, 1), Refreshes(proxy));
    }

    [Fact]
    public async Task Forced_refreshes_at_once_are_one()
    {
        await using var proxy = await StartAsync();
        var stalled = proxy.Sandbox.Faults.Add(
            new()
            {
                Endpoint = "token",
                Stall = true,
                Times = 1,
            }
        );
        var refreshes = Enumerable.Range(0, 20).Select(_ => proxy.Http.RefreshAsync()).ToList();
        await proxy.Sandbox.Faults.WaitUntilHitAsync(stalled);
        await AllSucceedAsync(Calls(proxy, 20)); // the old token is good meanwhile
        proxy.Sandbox.Faults.Release(stalled);
        await AllSucceedAsync(refreshes);
        // Requests that came in only after the release may have asked for another.
        var (attempts, refreshed) = Refreshes(proxy);
        Assert.Equal(attempts, refreshed);
        Assert.Equal(0, proxy.Sandbox.Counters.ReplaysOfSpentRefreshTokens);
    }

    [Fact]
    public async Task Accounts_do_not_wait_for_each_other()
    {
        await using var proxy = await StartAsync();
        var bob = await proxy.SignInAsync("bob");
        proxy.Sandbox.Faults.Add(
            new()
            {
                Endpoint = "token",
                Stall = true,
                Account = "alice",
            }
        );
        _clock.Advance(TokenLifetime);
        var alices = Calls(proxy, 5);
        await ProxyHost.ReadAsync(await bob.Http.GetAsync(Accounts.AnyCall));
        Assert.All(alices, call => Assert.False(call.IsCompleted));
        proxy.Sandbox.Faults.Clear();
        await AllSucceedAsync(alices);
    }

    private async Task<ProxyHost> StartAsync(bool withCare = false, Dictionary<string, string>? settings = null)
    {
        var proxy = await ProxyHost.StartAsync(
            new()
            {
                Clock = _clock,
                Settings = settings ?? [],
                Customize = builder =>
                {
                    if (!withCare)
                        builder.WithoutMaintenance();
                },
            }
        );
        await proxy.Http.SignInAsync();
        return proxy;
    }

    private static List<Task<HttpResponseMessage>> Calls(ProxyHost proxy, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => proxy.Http.GetAsync(Accounts.AnyCall))];

    private static async Task AllSucceedAsync(IEnumerable<Task<HttpResponseMessage>> calls)
    {
        foreach (var response in await Task.WhenAll(calls))
            await ProxyHost.ReadAsync(response);
    }

    private static (long Attempts, long Refreshed) Refreshes(ProxyHost proxy) =>
        (proxy.Sandbox.Counters.RefreshAttemptsOf("alice"), proxy.Sandbox.Counters.RefreshesOf("alice"));
}
