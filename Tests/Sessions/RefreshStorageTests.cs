using Microsoft.Extensions.DependencyInjection;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Sessions;

/// <summary>A refresh while the proxy's own storage fails, and what of it outlives a restart.</summary>
public sealed class RefreshStorageTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public async Task A_store_that_cannot_be_written_is_noticed_before_the_token_is_spent()
    {
        await using var world = await DurableWorld.StartAsync(_clock);
        await using var proxy = await StartAsync(world);
        await proxy.Http.SignInAsync();
        proxy.Tapped<SessionRecord>().BeforeWrite = (_, _) => throw new StoreUnavailableException("scripted");

        var refusal = await Refusal.ExpectAsync(await proxy.Http.RefreshAsync(), 503, "storage_unavailable");
        Assert.Equal(1, refusal.RetryAfter);
        Assert.Equal(0, world.Sandbox.Counters.RefreshAttemptsOf("alice"));
        await ProxyHost.ReadAsync(await proxy.Http.GetAsync(Accounts.AnyCall)); // the token at hand needs no store

        proxy.Tapped<SessionRecord>().BeforeWrite = null;
        _clock.Advance(TimeSpan.FromSeconds(1));
        await ProxyHost.ReadAsync(await proxy.Http.RefreshAsync());
        Assert.Equal(1, world.Sandbox.Counters.RefreshAttemptsOf("alice"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_pair_that_cannot_be_saved_is_kept_until_it_can(bool tookEffect)
    {
        // On real time: the pause between two attempts to save begins after the callers have their answer.
        await using var world = await DurableWorld.StartAsync();
        await using var proxy = await StartAsync(world);
        await proxy.Http.SignInAsync();
        var down = true;
        Func<string, SessionRecord?, Task> failing = (_, record) =>
            CrashPoints.NameOf(record) == CrashPoints.PairSaved && Volatile.Read(ref down)
                ? throw new StoreUnavailableException("scripted")
                : Task.CompletedTask;
        if (tookEffect)
            proxy.Tapped<SessionRecord>().AfterWrite = failing;
        else
            proxy.Tapped<SessionRecord>().BeforeWrite = failing;

        await Refusal.ExpectAsync(await proxy.Http.RefreshAsync(), 503, "storage_unavailable");
        Volatile.Write(ref down, false);
        await Eventually.TrueAsync("the pair is saved", TimeSpan.FromSeconds(20), async () =>
            CrashPoints.NameOf(await proxy.RecordAsync()) == CrashPoints.PairSaved
        );

        Assert.Equal((1, 1), (world.Sandbox.Counters.RefreshAttemptsOf("alice"), world.Sandbox.Counters.RefreshesOf("alice")));
        await Eventually.TrueAsync("the pair is in use", TimeSpan.FromSeconds(20), async () =>
            (await proxy.Http.GetAsync(Accounts.AnyCall)).IsSuccessStatusCode
        );
        Assert.Equal(CrashPoints.PairSaved, CrashPoints.NameOf(await proxy.RecordAsync()));
        // The pair that was kept is the right one: it can be refreshed, once the flight that saved it is over.
        await Eventually.TrueAsync("the next refresh succeeds", TimeSpan.FromSeconds(20), async () =>
            (await proxy.Http.RefreshAsync()).IsSuccessStatusCode
        );
    }

    [Fact]
    public async Task A_dead_grant_is_known_after_a_restart()
    {
        await using var world = await DurableWorld.StartAsync(_clock);
        string token;
        await using (var proxy = await StartAsync(world))
        {
            var alice = await proxy.SignInAsync("alice");
            token = alice.Token;
            world.Sandbox.Accounts.Revoke("alice");
            await Refusal.ExpectAsync(await alice.Http.RefreshAsync(), 401, "reconnect_needed");
        }

        await using var restarted = await StartAsync(world);
        restarted.Http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        await Refusal.ExpectAsync(await restarted.Http.GetAsync(Accounts.AnyCall), 401, "reconnect_needed");
        Assert.Equal(1, world.Sandbox.Counters.RefreshAttemptsOf("alice"));
    }

    private static Task<ProxyHost> StartAsync(DurableWorld world) =>
        world.StartProxyAsync(customize: builder =>
        {
            builder.WithoutMaintenance();
            builder.TapStore<SessionRecord>();
        });
}
