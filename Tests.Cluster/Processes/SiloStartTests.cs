using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Processes;

public sealed class SiloStartTests(ClusterProcesses cluster, ITestOutputHelper output) : ProcessTest(cluster, output)
{
    [ProcessFact]
    public async Task A_front_end_without_a_database_names_the_command_that_needs_none()
    {
        var said = await RefusalAsync(ClusterProcesses.ApiDll, "--urls=http://127.0.0.1:0");
        Assert.Contains("dotnet run --project Silo", said, StringComparison.Ordinal);
        Assert.Contains("Cluster__Database", said, StringComparison.Ordinal);
    }

    [ProcessFact]
    public async Task A_silo_without_a_front_end_needs_a_cluster() =>
        Assert.Contains(
            "Cluster__Database",
            await RefusalAsync(ClusterProcesses.SiloDll, "--urls=http://127.0.0.1:0", "--Cluster:FrontEnd=false"),
            StringComparison.Ordinal
        );

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

    [ProcessFact]
    public async Task A_silo_listens_on_its_advertised_address_alone()
    {
        foreach (var port in (int[])[Cluster.Http(5).Port, Cluster.Http(8).Port]) // of the first silo: for silos, and for front ends
        {
            using var advertised = new TcpClient();
            await advertised.ConnectAsync(IPAddress.Loopback, port);
            using var other = new TcpClient();
            var refused = await Assert.ThrowsAsync<SocketException>(() => other.ConnectAsync(IPAddress.Parse("127.0.0.2"), port));
            Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        }
    }

    [ProcessFact]
    public async Task A_silo_that_other_machines_reach_does_not_start_without_tls()
    {
        var said = await RefusalAsync(
            ClusterProcesses.SiloDll,
            "--urls=http://127.0.0.1:0",
            $"--Cluster:Database={Cluster.Database}",
            "--Twitter:ClientId=id"
        );
        Assert.Contains("Cluster__Tls__Certificate", said, StringComparison.Ordinal);
        Assert.Contains("Cluster__AllowUnencrypted", said, StringComparison.Ordinal);
    }

    private async Task CreateDatabaseAsync(string name, int version)
    {
        await ExecuteAsync("postgres", $"DROP DATABASE IF EXISTS {name}");
        await ExecuteAsync("postgres", $"CREATE DATABASE {name}");
        await ExecuteAsync(
            name,
            "CREATE TABLE schema_version (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
        );
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
    private Task<string> RefusalAsync(string database) =>
        RefusalAsync(
            ClusterProcesses.SiloDll,
            "--urls=http://127.0.0.1:0",
            $"--Cluster:Database={database}",
            "--Cluster:DatabaseWait=00:00:00",
            "--Cluster:AdvertisedAddress=127.0.0.1",
            "--Twitter:ClientId=id"
        );

    private async Task<string> RefusalAsync(string dll, params string[] arguments)
    {
        using var process = Start(dll, arguments);
        var printed = process.StandardOutput.ReadToEndAsync();
        var said = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Figure("It said", said.Trim());
        Assert.NotEqual(0, process.ExitCode);
        Assert.StartsWith("Not started: ", said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said + await printed, StringComparison.Ordinal);
        return said;
    }

    private static Process Start(string dll, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [dll, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove("DOTNET_ENVIRONMENT");
        start.Environment.Remove("ASPNETCORE_ENVIRONMENT");
        return Process.Start(start)!;
    }
}
