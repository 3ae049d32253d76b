using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Hosting;

/// <summary>A stop is no crash: what has begun is finished.</summary>
public sealed class ShutdownTests : IAsyncLifetime
{
    private DurableWorld _world = null!;

    public async Task InitializeAsync() => _world = await DurableWorld.StartAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task Calls_in_flight_are_finished()
    {
        var proxy = await StartAsync();
        var stalled = _world.Sandbox.Faults.Add(new() { Endpoint = "GET /2/users/*", Stall = true });
        using var client = proxy.NewClient();
        client.DefaultRequestHeaders.Authorization = proxy.Http.DefaultRequestHeaders.Authorization;
        var calls = Enumerable.Range(0, 10).Select(_ => client.GetAsync(Accounts.AnyCall)).ToList();
        await _world.Sandbox.Faults.WaitUntilHitAsync(stalled, calls.Count);

        var stopping = StopAsync(proxy);
        Assert.All(calls, call => Assert.False(call.IsCompleted));
        _world.Sandbox.Faults.Release(stalled);
        foreach (var response in await Task.WhenAll(calls))
            await ProxyHost.ReadAsync(response);
        await await stopping;
    }

    [Fact]
    public async Task A_refresh_nobody_waits_for_is_finished_and_saved()
    {
        var proxy = await StartAsync();
        var session = proxy.Http.DefaultRequestHeaders.Authorization;
        var stalled = _world.Sandbox.Faults.Add(
            new()
            {
                Endpoint = "token",
                StallAfterEffect = true,
                Times = 1,
            }
        );
        using (var caller = new CancellationTokenSource())
        {
            var refresh = proxy.Http.PostAsync("/v1/session/refresh", null, caller.Token);
            await _world.Sandbox.Faults.WaitUntilHitAsync(stalled);
            await caller.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => refresh);
        }

        var stopping = StopAsync(proxy);
        _world.Sandbox.Faults.Release(stalled);
        await await stopping;

        await using var restarted = await _world.StartProxyAsync();
        restarted.Http.DefaultRequestHeaders.Authorization = session;
        Assert.Equal(CrashPoints.PairSaved, CrashPoints.NameOf(await restarted.RecordAsync()));
        await ProxyHost.ReadAsync(await restarted.Http.RefreshAsync());
        Assert.Equal(0, _world.Sandbox.Counters.ReplaysOfSpentRefreshTokens);
    }

    [Fact]
    public async Task Who_follows_an_upload_does_not_hold_a_stop_up()
    {
        var proxy = await StartAsync();
        using var client = proxy.NewClient();
        client.DefaultRequestHeaders.Authorization = proxy.Http.DefaultRequestHeaders.Authorization;
        var path = await client.BeginAsync(1000);
        using var events = await client.GetAsync(path + "/events", HttpCompletionOption.ResponseHeadersRead);

        await (await StopAsync(proxy)).WaitAsync(TimeSpan.FromSeconds(20)); // the host would break it off after 30
    }

    [Fact]
    public async Task An_upload_that_is_being_received_has_a_moment_more_and_is_kept()
    {
        var clock = new ManualClock();
        await using var world = await DurableWorld.StartAsync(clock);
        var proxy = await world.StartProxyAsync();
        var alice = await proxy.SignInAsync("alice");
        var video = TusClient.Video(3 * TusClient.Mebibyte);
        var path = await alice.Http.BeginAsync(video.Length);
        using var slow = await RawConnection.OpenAsync(proxy.Url);
        await slow.SendPatchAsync(path, alice.Token, video, checksum: false);
        await slow.SendAsync(video.AsMemory(0, TusClient.Mebibyte + 1));
        await alice.Http.UntilAsync(path, progress => progress.GetProperty("bytes_at_x").GetInt32() == TusClient.Mebibyte);

        var stopped = await StopAsync(proxy);
        await slow.SendAsync(video.AsMemory(TusClient.Mebibyte + 1, TusClient.Mebibyte));
        await Eventually.TrueAsync("X has what came after the stop", TimeSpan.FromSeconds(20), () =>
            Task.FromResult(world.Sandbox.Counters.Requests("POST /2/media/upload/{id}/append") == 2)
        );
        Assert.False(stopped.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(5));
        await stopped.WaitAsync(TimeSpan.FromSeconds(20)); // the host would break it off after 30

        await using var next = await world.StartProxyAsync();
        next.Http.DefaultRequestHeaders.Authorization = new("Bearer", alice.Token);
        Assert.InRange(await next.Http.OffsetAsync(path), 2 * TusClient.Mebibyte, video.Length - 1);
    }

    [Fact]
    public async Task SIGTERM_waits_for_X_longer_than_a_shell_would()
    {
        await using var process = await ProxyProcess.StartAsync(_world);
        await process.Http.SignInAsync();
        var slow = _world.Sandbox.Faults.Add(new() { Endpoint = "GET /2/users/*", Delay = TimeSpan.FromSeconds(3) });
        var call = process.Http.GetAsync(Accounts.AnyCall);
        await _world.Sandbox.Faults.WaitUntilHitAsync(slow);
        process.Terminate();
        await ProxyHost.ReadAsync(await call);
        Assert.Equal(0, await process.ExitAsync());
    }

    [Fact]
    public async Task A_second_interrupt_ends_the_process_at_once()
    {
        await using var process = await ProxyProcess.StartAsync(_world);
        await process.Http.SignInAsync();
        var stalled = _world.Sandbox.Faults.Add(new() { Endpoint = "GET /2/users/*", Stall = true });
        var call = process.Http.GetAsync(Accounts.AnyCall);
        await _world.Sandbox.Faults.WaitUntilHitAsync(stalled);

        process.Interrupt();
        using var others = new HttpClient { BaseAddress = process.Http.BaseAddress };
        await Eventually.TrueAsync("the process takes no new calls", TimeSpan.FromSeconds(20), () => IsClosedAsync(others));
        Assert.False(call.IsCompleted);
        process.Interrupt();

        Assert.Equal(130, await process.ExitAsync().WaitAsync(TimeSpan.FromSeconds(10))); // the host waits 30 s for the call
        await Assert.ThrowsAnyAsync<Exception>(() => call);
    }

    [Fact]
    public async Task While_calls_are_waited_for_the_log_says_how_many_and_how_long()
    {
        var clock = new ManualClock();
        await using var world = await DurableWorld.StartAsync(clock);
        using var logs = new CapturedLogs();
        var proxy = await world.StartProxyAsync(
            new Dictionary<string, string> { ["Logging:LogLevel:Default"] = "Information" },
            logs.AddTo
        );
        await proxy.Http.SignInAsync();
        using var client = proxy.NewClient();
        client.DefaultRequestHeaders.Authorization = proxy.Http.DefaultRequestHeaders.Authorization;
        var stalled = world.Sandbox.Faults.Add(new() { Endpoint = "GET /2/users/*", Stall = true });
        var calls = Enumerable.Range(0, 3).Select(_ => client.GetAsync(Accounts.AnyCall)).ToList();
        await world.Sandbox.Faults.WaitUntilHitAsync(stalled, calls.Count);

        var stopped = await StopAsync(proxy);
        await Eventually.TrueAsync("the log tells of it", TimeSpan.FromSeconds(20), () =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(Told().Any());
        });
        world.Sandbox.Faults.Release(stalled);
        await Task.WhenAll(calls);
        await stopped;

        Assert.Contains("3 calls have not been answered", Told().First(), StringComparison.Ordinal);
        Assert.Contains("s more at most. Ctrl-C ends the process at once", Told().First(), StringComparison.Ordinal);

        IEnumerable<string> Told() =>
            logs.Entries.Select(entry => entry.Message).Where(message => message.StartsWith("Stopping:", StringComparison.Ordinal));
    }

    private static async Task<bool> IsClosedAsync(HttpClient client)
    {
        try
        {
            using var response = await client.GetAsync("/healthz/live");
            return false;
        }
        catch (HttpRequestException)
        {
            return true;
        }
    }

    private async Task<ProxyHost> StartAsync()
    {
        var proxy = await _world.StartProxyAsync();
        await proxy.Http.SignInAsync();
        return proxy;
    }

    /// <summary>Begins to stop the proxy.</summary>
    /// <returns>Completes with the end of it, once the stop has begun.</returns>
    private static Task<Task> StopAsync(ProxyHost proxy)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        proxy.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(begun.SetResult);
        var stopped = proxy.DisposeAsync().AsTask();
        return begun.Task.ContinueWith(_ => stopped, TaskScheduler.Default);
    }
}
