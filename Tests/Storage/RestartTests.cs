using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Silo.Storage;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Storage;

/// <summary>What a proxy on SQLite keeps on disk, and whom it lets near it.</summary>
public sealed class RestartTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private DurableWorld _world = null!;

    public async Task InitializeAsync() => _world = await DurableWorld.StartAsync(_clock);

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task A_restart_keeps_sessions_and_their_tokens()
    {
        string token;
        await using (var proxy = await _world.StartProxyAsync())
        {
            token = (await proxy.SignInAsync("alice")).Token;
        }

        await using var restarted = await _world.StartProxyAsync();
        restarted.Http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        await ProxyHost.ReadAsync(await restarted.Http.GetAsync(Accounts.AnyCall));
        await ProxyHost.ReadAsync(await restarted.Http.RefreshAsync());
        Assert.Equal(
            "active",
            (await ProxyHost.ReadAsync(await restarted.Http.GetAsync("/v1/session"))).GetProperty("grant_state").GetString()
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Windows_survive_a_restart(bool signedInAgainFirst)
    {
        string token;
        List<string> before;
        await using (var proxy = await _world.StartProxyAsync())
        {
            var alice = await proxy.SignInAsync("alice");
            token = alice.Token;
            for (var i = 0; i < 5; i++)
                await ProxyHost.ReadAsync(await alice.Http.GetAsync(Accounts.AnyCall));
            before = await LimitsAsync(alice.Http);
            Assert.NotEmpty(before);
        }

        await using var restarted = await _world.StartProxyAsync();
        if (signedInAgainFirst)
            await restarted.SignInAsync("alice");
        restarted.Http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        Assert.Equal(before, await LimitsAsync(restarted.Http));
    }

    [Fact]
    public async Task A_second_process_on_the_same_folder_is_refused_and_told_why()
    {
        await using var proxy = await _world.StartProxyAsync();
        var (exitCode, errors) = await ProxyProcess.RunAsync(_world);
        Assert.Equal(1, exitCode);
        Assert.Contains($"another process is using the data folder {_world.DataPath}", errors, StringComparison.Ordinal);
        Assert.Contains("--Proxy:DataPath", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal); // a message, not a stack trace
    }

    [Fact]
    public async Task The_database_of_a_newer_version_is_refused()
    {
        await (await _world.StartProxyAsync()).DisposeAsync();
        DatabaseFile.Execute(_world.DataPath, "PRAGMA user_version = 99");
        var refusal = await Assert.ThrowsAsync<StartupException>(() => _world.StartProxyAsync());
        Assert.Contains("schema 99", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("newer version", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_world.DataPath, "proxy.db"),
            string.Concat(Enumerable.Repeat("this is no database. ", 500))
        );
        var refusal = await Assert.ThrowsAsync<StartupException>(() => _world.StartProxyAsync());
        Assert.Contains("cannot be opened as the proxy's database", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sign_ins_that_are_over_are_forgotten()
    {
        await using var proxy = await _world.StartProxyAsync();
        var states = proxy.Services.GetRequiredService<SignInStates>();
        var old = states.Open((await proxy.Http.BeginAsync()).Query("state")!)!;
        _clock.Advance(TimeSpan.FromMinutes(8.5) + TimeSpan.FromTicks(1234567));
        var young = states.Open((await proxy.Http.BeginAsync()).Query("state")!)!;
        _clock.Advance(TimeSpan.FromMinutes(3));
        foreach (var id in (string[])[old, young])
        {
            await proxy
                .Services.GetRequiredService<IGrainFactory>()
                .GetGrain<IRemindable>(GrainId.Create("sign-in", id))
                .ReceiveReminder("expiry", default);
        }

        var store = SiloUnderTest.Store<SignInRecord>(proxy.Services);
        Assert.Null(await store.LoadAsync(old, CancellationToken.None));
        Assert.NotNull(await store.LoadAsync(young, CancellationToken.None));
    }

    [Fact]
    public async Task Keyed_writes_whose_time_is_over_are_forgotten()
    {
        await using var proxy = await _world.StartProxyAsync();
        var alice = await proxy.SignInAsync("alice");
        await ProxyHost.ReadAsync(await alice.Http.PostKeyedAsync("old", "old"));
        _clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromTicks(1234567));
        await ProxyHost.ReadAsync(await alice.Http.PostKeyedAsync("young", "young"));
        _clock.Advance(TimeSpan.FromSeconds(2));
        var forgotten = await proxy
            .Services.GetRequiredService<IKeyedWriteRows>()
            .DeleteExpiredAsync(TimeSpan.FromHours(24), _clock.GetUtcNow(), CancellationToken.None);

        Assert.Equal(1, forgotten);
        Assert.True((await alice.Http.PostKeyedAsync("young", "young")).IsReplayed());
    }

    // The rate of use is of this life only; and what a sign-in draws on, another changes.
    private static async Task<List<string>> LimitsAsync(HttpClient session) =>
        [
            .. (await ProxyHost.ReadAsync(await session.GetAsync("/v1/limits")))
                .GetProperty("windows")
                .EnumerateArray()
                .Where(window => window.GetProperty("endpoint_key").GetString() != "GET /2/users/me")
                .Select(window =>
                    string.Join(' ', window.EnumerateObject().Where(member => member.Name is not ("per_minute" or "exhausted_at")))
                ),
        ];
}
