using System.Net;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Silo.Storage;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Storage;

/// <summary><c>Silo backup</c> and <c>Silo restore</c>.</summary>
public sealed class BackupTests : IAsyncLifetime, IDisposable
{
    private readonly ManualClock _clock = new();
    private readonly TemporaryFolder _elsewhere = new();
    private DurableWorld _world = null!;

    private string Archive => Path.Combine(_elsewhere.Path, "backup.tar.gz");

    private string EmptyFolder => Path.Combine(_elsewhere.Path, "data");

    public async Task InitializeAsync() => _world = await DurableWorld.StartAsync(_clock);

    public async Task DisposeAsync() => await _world.DisposeAsync();

    public void Dispose() => _elsewhere.Dispose();

    [Fact]
    public async Task A_backup_under_load_restored_on_an_empty_folder_keeps_sessions_and_spends_no_refresh_token()
    {
        SignedIn[] users;
        var calls = 0;
        await using (var proxy = await _world.StartProxyAsync())
        {
            users = [await proxy.SignInAsync("alice"), await proxy.SignInAsync("bob"), await proxy.SignInAsync("carol")];
            using var enough = new CancellationTokenSource();
            Task[] load = [.. users.Select(user => LoadAsync(user, enough.Token))];
            await Eventually.TrueAsync("calls are made", TimeSpan.FromSeconds(10), () => Task.FromResult(Volatile.Read(ref calls) > 20));
            Assert.Equal(0, await SiloAsync("backup", Archive));
            var atBackup = Volatile.Read(ref calls);
            await Eventually.TrueAsync("calls go on", TimeSpan.FromSeconds(10), () =>
                Task.FromResult(Volatile.Read(ref calls) > atBackup + 20)
            );
            await enough.CancelAsync();
            await Task.WhenAll(load);
            await ProxyHost.ReadAsync(await users[0].Http.RefreshAsync()); // spends what the backup has of alice
        }

        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Archive));
        Assert.Equal(0, await SiloAsync("restore", Archive, $"--Proxy:DataPath={EmptyFolder}"));
        var spent = Attempts();
        await using var restored = await RestoredAsync();
        foreach (var user in users)
        {
            using var answer = await SendAsync(restored, user, HttpMethod.Get, Accounts.AnyCall);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        using (var asked = await SendAsync(restored, users[1], HttpMethod.Post, "/v1/session/refresh"))
            Assert.Equal("reconnect_needed", (await Problem.ReadAsync(asked)).Reason);
        _clock.Advance(TimeSpan.FromMinutes(119)); // a refresh would be due
        using (var late = await SendAsync(restored, users[1], HttpMethod.Get, Accounts.AnyCall))
            Assert.Equal(HttpStatusCode.OK, late.StatusCode);
        _clock.Advance(TimeSpan.FromMinutes(2));
        foreach (var user in users)
        {
            using var answer = await SendAsync(restored, user, HttpMethod.Get, Accounts.AnyCall);
            Assert.Equal("reconnect_needed", (await Problem.ReadAsync(answer)).Reason);
        }

        Assert.Equal(spent, Attempts());
        Assert.Equal(0, _world.Sandbox.Counters.ReplaysOfSpentRefreshTokens);

        var again = await restored.SignInAsync("alice");
        await ProxyHost.ReadAsync(await again.Http.RefreshAsync());
        await ProxyHost.ReadAsync(await again.Http.GetAsync(Accounts.AnyCall));

        async Task LoadAsync(SignedIn user, CancellationToken enough)
        {
            while (!enough.IsCancellationRequested)
            {
                await ProxyHost.ReadAsync(await user.Http.GetAsync("/v1/session", CancellationToken.None));
                Interlocked.Increment(ref calls);
            }
        }
    }

    [Fact]
    public async Task The_last_backup_before_a_move_lets_sessions_go_on_and_closes_the_old_folder()
    {
        SignedIn alice;
        await using (var proxy = await _world.StartProxyAsync())
        {
            alice = await proxy.SignInAsync("alice");
            Assert.Equal(1, await SiloAsync("backup", Archive, "--final")); // it runs
        }

        Assert.Equal(0, await SiloAsync("backup", Archive, "--final"));
        var closed = await Assert.ThrowsAsync<StartupException>(() => _world.StartProxyAsync());
        Assert.Contains("go on elsewhere", closed.Message, StringComparison.Ordinal);

        Assert.Equal(0, await SiloAsync("restore", Archive, "--final", $"--Proxy:DataPath={EmptyFolder}"));
        await using (var moved = await RestoredAsync())
        {
            _clock.Advance(TimeSpan.FromHours(3));
            using var answer = await SendAsync(moved, alice, HttpMethod.Get, Accounts.AnyCall);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        Assert.Equal(1, _world.Sandbox.Counters.RefreshesOf("alice"));
        Assert.Equal(0, await SiloAsync("restore", Archive, "--force"));
        await (await _world.StartProxyAsync()).DisposeAsync();
    }

    [Fact]
    public async Task What_would_be_lost_is_refused()
    {
        await using (var proxy = await _world.StartProxyAsync())
        {
            await proxy.SignInAsync("alice");
            Assert.Equal(0, await SiloAsync("backup", Archive));
            Assert.Equal(1, await SiloAsync("backup", Archive));
            Assert.Equal(0, await SiloAsync("backup", Archive, "--force"));
            Assert.Equal(1, await SiloAsync("restore", Archive, "--force")); // it runs
        }

        Assert.Equal(1, await SiloAsync("restore", Archive)); // there is a database
        Assert.Equal(1, await SiloAsync("restore", Archive, "--final", "--force")); // its tokens may have been spent since
        Assert.Equal(1, await SiloAsync("backup", Archive, "--force", $"--Proxy:DataPath={EmptyFolder}"));

        var database = Path.Combine(_world.DataPath, "proxy.db");
        var before = await File.ReadAllBytesAsync(database);
        var bytes = await File.ReadAllBytesAsync(Archive);
        foreach (var damaged in (byte[][])[bytes[..^2000], [.. bytes[..2000], .. bytes[2001..]], "no archive"u8.ToArray()])
        {
            await File.WriteAllBytesAsync(Archive, damaged);
            Assert.Equal(1, await SiloAsync("restore", Archive, "--force"));
            Assert.Equal(before, await File.ReadAllBytesAsync(database));
        }
    }

    private Task<int> SiloAsync(params string[] args) =>
        CommandLine.RunAsync(
            args.Any(argument => argument.Contains("DataPath", StringComparison.Ordinal))
                ? args
                : [.. args, $"--Proxy:DataPath={_world.DataPath}"],
            "",
            _ => throw new InvalidOperationException(),
            BackupCommand.Create,
            RestoreCommand.Create
        );

    private Task<ProxyHost> RestoredAsync() =>
        ProxyHost.StartAsync(
            new()
            {
                Sandbox = _world.Sandbox,
                DataPath = EmptyFolder,
                Clock = _clock,
            }
        );

    private long Attempts() => _world.Sandbox.Counters.ByRefreshingAccount.Values.Sum();

    private static async Task<HttpResponseMessage> SendAsync(ProxyHost proxy, SignedIn user, HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new("Bearer", user.Token);
        return await proxy.Http.SendAsync(request);
    }
}
