using System.Diagnostics;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Silo.Storage;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Storage;

/// <summary>The recipe of docs/operating/backup.md for PostgreSQL.</summary>
public sealed class PostgresBackupTests
{
    [PostgresFact]
    public async Task A_dump_under_load_restored_elsewhere_keeps_sessions_and_spends_no_refresh_token()
    {
        await using var server = await PostgresServer.StartAsync();
        using var folder = new TemporaryFolder();
        var dump = Path.Combine(folder.Path, "otp.dump");
        var original = await server.CreateDatabaseAsync("original");
        await using var sandbox = await SandboxServer.StartAsync(new() { Url = "http://127.0.0.1:0" });
        string token;
        await using (var silo = await StartAsync(original, sandbox))
        {
            var alice = await silo.SignInAsync("alice");
            token = alice.Token;
            using var enough = new CancellationTokenSource();
            var load = LoadAsync(alice.Http, enough.Token);
            await RunAsync("pg_dump", "-Fc", "-d", Uri(original), "-f", dump);
            await enough.CancelAsync();
            await load;
            await ProxyHost.ReadAsync(await alice.Http.RefreshAsync()); // spends what the dump has
        }

        var copy = await server.CreateDatabaseAsync("restored");
        await RunAsync("pg_restore", "--no-owner", "-d", Uri(copy), dump);
        var refused = await Assert.ThrowsAsync<StartupException>(() => StartAsync(copy, sandbox));
        Assert.Contains("Silo restored", refused.Message, StringComparison.Ordinal);
        Assert.Equal(
            0,
            await CommandLine.RunAsync(
                ["restored", $"--Cluster:Database={copy}"],
                "",
                _ => throw new InvalidOperationException(),
                RestoredCommand.Create
            )
        );

        var attempts = sandbox.Counters.RefreshAttemptsOf("alice");
        await using var restored = await StartAsync(copy, sandbox);
        restored.Http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        await ProxyHost.ReadAsync(await restored.Http.GetAsync(Accounts.AnyCall));
        sandbox.Accounts.ExpireTokens("alice");
        Assert.Equal("reconnect_needed", (await Problem.ReadAsync(await restored.Http.GetAsync(Accounts.AnyCall))).Reason);
        Assert.Equal((attempts, 0), (sandbox.Counters.RefreshAttemptsOf("alice"), sandbox.Counters.ReplaysOfSpentRefreshTokens));

        var again = await restored.SignInAsync("alice");
        await ProxyHost.ReadAsync(await again.Http.RefreshAsync());
    }

    private static async Task LoadAsync(HttpClient session, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
            await ProxyHost.ReadAsync(await session.GetAsync(Accounts.AnyCall, CancellationToken.None));
    }

    private static Task<ProxyHost> StartAsync(string database, SandboxServer sandbox) =>
        ProxyHost.StartAsync(
            new()
            {
                Sandbox = sandbox,
                Settings = new Dictionary<string, string>
                {
                    ["Cluster:Database"] = database,
                    ["Cluster:MigrateAtStart"] = "true",
                    ["Cluster:AdvertisedAddress"] = "127.0.0.1",
                    ["Sessions:MinimumRefreshInterval"] = "00:00:00",
                },
            }
        );

    private static string Uri(string connectionString)
    {
        var parts = new Npgsql.NpgsqlConnectionStringBuilder(connectionString);
        return $"postgresql://{parts.Username}@{parts.Host}:{parts.Port}/{parts.Database}";
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var path = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetFiles("/usr/lib/postgresql", program, SearchOption.AllDirectories).Order().Last()
            : program;
        using var process = Process.Start(new ProcessStartInfo(path, arguments) { RedirectStandardError = true })!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program}: {errors}");
    }
}
