using System.Diagnostics;
using Npgsql;
using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Processes;

public sealed class SiloStartTests(ClusterProcesses cluster, ITestOutputHelper output) : ProcessTest(cluster, output)
{
    [ProcessFact]
    public async Task Without_a_database_a_silo_starts_on_loopback_and_says_that_nothing_is_kept()
    {
        var (silo, gateway) = (Cluster.Http(13).Port, Cluster.Http(14).Port);
        using var process = Start($"--urls=http://127.0.0.1:{Cluster.Http(15).Port}", $"--Cluster:SiloPort={silo}", $"--Cluster:GatewayPort={gateway}");
        List<string> lines = [];
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        while (!lines.Any(line => line.Contains("nothing is kept", StringComparison.Ordinal)))
        {
            lines.Add(await process.StandardOutput.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException(string.Join('\n', lines)));
        }

        Figure("The banner", lines[^1]);
        process.Kill();
    }

    [ProcessFact]
    public async Task An_unreachable_database_is_named()
    {
        var said = await RefusalAsync("Host=127.0.0.1;Port=1;Database=otp;Username=otp;Password=hidden;Timeout=1");
        Assert.Contains("127.0.0.1:1", said, StringComparison.Ordinal);
        Assert.Contains("Cluster__Database", said, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", said, StringComparison.Ordinal);
    }

    [ProcessFact]
    public async Task An_old_schema_is_named_with_what_to_do()
    {
        await CreateDatabaseAsync("old", version: 0);
        Assert.Contains("'Silo migrate'", await RefusalAsync(Cluster.DatabaseNamed("old")), StringComparison.Ordinal);
    }

    [ProcessFact]
    public async Task A_newer_schema_is_named_with_what_to_do()
    {
        await CreateDatabaseAsync("newer", version: 999);
        var said = await RefusalAsync(Cluster.DatabaseNamed("newer"));
        Assert.Contains("999", said, StringComparison.Ordinal);
        Assert.Contains("newer version", said, StringComparison.Ordinal);
    }

    private async Task CreateDatabaseAsync(string name, int version)
    {
        await ExecuteAsync("postgres", $"DROP DATABASE IF EXISTS {name}");
        await ExecuteAsync("postgres", $"CREATE DATABASE {name}");
        await ExecuteAsync(name, "CREATE TABLE schema_version (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())");
        await ExecuteAsync(name, $"INSERT INTO schema_version (version) VALUES ({version})");
    }

    private async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(Cluster.DatabaseNamed(database) + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    // What a silo says that does not start: one message, and no stack trace.
    private async Task<string> RefusalAsync(string database)
    {
        using var process = Start("--urls=http://127.0.0.1:0", $"--Cluster:Database={database}", "--Cluster:DatabaseWait=00:00:00", "--Twitter:ClientId=id");
        var printed = process.StandardOutput.ReadToEndAsync();
        var said = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Figure("It said", said.Trim());
        Assert.NotEqual(0, process.ExitCode);
        Assert.StartsWith("Not started: ", said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said + await printed, StringComparison.Ordinal);
        return said;
    }

    private static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [ClusterProcesses.SiloDll, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove("DOTNET_ENVIRONMENT");
        start.Environment.Remove("ASPNETCORE_ENVIRONMENT");
        return Process.Start(start)!;
    }
}
