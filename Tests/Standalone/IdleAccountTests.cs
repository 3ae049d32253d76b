using Microsoft.Extensions.DependencyInjection;
using OrleansTwitterProxy.Api.Standalone;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Standalone;

/// <summary>Accounts leave memory when nobody uses them, and nobody notices.</summary>
public sealed class IdleAccountTests : IAsyncLifetime
{
    private static readonly TimeSpan IdleAfter = new UserSessionOptions().IdleAfter;

    private readonly ManualClock _clock = new();
    private ProxyHost _proxy = null!;

    public async Task InitializeAsync()
    {
        _proxy = await ProxyHost.StartAsync(new() { Clock = _clock, Customize = builder => builder.WithoutCare() });
        await _proxy.Http.SignInAsync();
    }

    public async Task DisposeAsync() => await _proxy.DisposeAsync();

    [Fact]
    public async Task An_idle_account_leaves_memory_and_comes_back_on_its_next_call()
    {
        Assert.Equal(1, Active);
        _clock.Advance(IdleAfter);
        await _proxy.CareAsync();
        Assert.Equal(1, Active);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await _proxy.CareAsync();
        Assert.Equal(0, Active);

        await CallAsync();
        Assert.Equal(1, Active);
    }

    [Fact]
    public async Task A_call_keeps_its_account_in_memory()
    {
        _clock.Advance(IdleAfter);
        await CallAsync();
        _clock.Advance(TimeSpan.FromSeconds(1));
        await _proxy.CareAsync();
        Assert.Equal(1, Active);
    }

    [Theory]
    [InlineData("GET /2/users/*")]
    [InlineData("token")]
    [InlineData("revoke")]
    public async Task An_account_that_waits_for_X_stays_however_long_it_takes(string endpoint)
    {
        var stalled = _proxy.Sandbox.Faults.Add(new() { Endpoint = endpoint, Stall = true, Times = 1 });
        var waiting = endpoint switch
        {
            "token" => _proxy.Http.RefreshAsync(),
            "revoke" => _proxy.Http.DeleteAsync("/v1/session"),
            _ => _proxy.Http.GetAsync(Accounts.AnyCall),
        };
        await _proxy.Sandbox.Faults.WaitUntilHitAsync(stalled);
        await _proxy.Services.GetRequiredService<StandaloneEngine>().CareAsync(TimeSpan.FromTicks(-1)); // idle since before it was used
        Assert.Equal(1, Active);
        _proxy.Sandbox.Faults.Release(stalled);
        await ProxyHost.ReadAsync(await waiting);
    }

    [Fact]
    public async Task Accounts_may_leave_and_come_back_under_load()
    {
        var engine = _proxy.Services.GetRequiredService<StandaloneEngine>();
        for (var round = 0; round < 10; round++)
        {
            var calls = Enumerable.Range(0, 20).Select(_ => _proxy.Http.GetAsync(Accounts.AnyCall)).ToList();
            await engine.CareAsync(TimeSpan.FromTicks(-1));
            foreach (var response in await Task.WhenAll(calls)) await ProxyHost.ReadAsync(response);
        }
    }

    private int Active => _proxy.Services.GetRequiredService<StandaloneEngine>().ActiveCount;

    private async Task CallAsync() => await ProxyHost.ReadAsync(await _proxy.Http.GetAsync(Accounts.AnyCall));
}
