using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Sessions;

/// <summary>Accounts leave memory when nobody uses them, and nobody notices. On real time: Orleans' collector knows no other.</summary>
public sealed class IdleAccountTests : IAsyncLifetime
{
    private ProxyHost _proxy = null!;
    private SignedIn _alice = null!;

    public async Task InitializeAsync()
    {
        _proxy = await ProxyHost.StartAsync(new() { Settings = new Dictionary<string, string> { ["Sessions:IdleAfter"] = "00:00:01" } });
        _alice = await _proxy.SignInAsync("alice");
    }

    public async Task DisposeAsync() => await _proxy.DisposeAsync();

    [Fact]
    public async Task An_account_that_is_idle_for_as_long_as_is_set_leaves_memory_and_comes_back_on_its_next_call()
    {
        await ProxyHost.ReadAsync(await _alice.Http.GetAsync(Accounts.AnyCall));
        Assert.True(await IsActiveAsync());

        await Eventually.TrueAsync("the account has left memory", TimeSpan.FromSeconds(20), async () => !await IsActiveAsync());

        await ProxyHost.ReadAsync(await _alice.Http.GetAsync(Accounts.AnyCall));
        Assert.True(await IsActiveAsync());
    }

    [Theory]
    [InlineData("GET /2/users/*")]
    [InlineData("token")]
    [InlineData("revoke")]
    public async Task An_account_that_waits_for_X_stays_in_memory(string endpoint)
    {
        var stalled = _proxy.Sandbox.Faults.Add(
            new()
            {
                Endpoint = endpoint,
                Stall = true,
                Times = 1,
            }
        );
        var waiting = endpoint switch
        {
            "token" => _alice.Http.RefreshAsync(),
            "revoke" => _alice.Http.DeleteAsync("/v1/session"),
            _ => _alice.Http.GetAsync(Accounts.AnyCall),
        };
        await _proxy.Sandbox.Faults.WaitUntilHitAsync(stalled);

        await _proxy.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);

        Assert.True(await IsActiveAsync());
        _proxy.Sandbox.Faults.Release(stalled);
        await ProxyHost.ReadAsync(await waiting);
    }

    [Fact]
    public async Task Accounts_may_leave_and_come_back_under_load()
    {
        var management = _proxy.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0);
        for (var round = 0; round < 10; round++)
        {
            var calls = Enumerable.Range(0, 20).Select(_ => _alice.Http.GetAsync(Accounts.AnyCall)).ToList();
            await management.ForceActivationCollection(TimeSpan.Zero);
            foreach (var response in await Task.WhenAll(calls))
                await ProxyHost.ReadAsync(response);
        }
    }

    private async Task<bool> IsActiveAsync() =>
        (
            await _proxy
                .Services.GetRequiredService<IGrainFactory>()
                .GetGrain<IManagementGrain>(0)
                .GetActiveGrains(GrainType.Create("user-session"))
        ).Count > 0;
}
