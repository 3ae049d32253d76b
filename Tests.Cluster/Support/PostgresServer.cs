using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Npgsql;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>A PostgreSQL of the test's own, started and stopped by deploy/cluster.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private readonly string _home = Path.Combine(Path.GetTempPath(), "otp-postgres-" + Guid.NewGuid().ToString("N"));
    private readonly int _port = FreePorts.Next();

    private PostgresServer() { }

    /// <summary>What its data are on; null for the machine's disk.</summary>
    public SmallDisk? Disk { get; private set; }

    /// <param name="diskSize">Of a disk of its own, as <c>mount</c> takes it; null for none.</param>
    public static async Task<PostgresServer> StartAsync(string? diskSize = null)
    {
        var server = new PostgresServer();
        if (diskSize is not null)
            server.Disk = SmallDisk.Mount(server._home, diskSize);
        await server.RunAsync("start", "postgres");
        return server;
    }

    public Task StartAgainAsync() => RunAsync("start", "postgres");

    public Task StopAsync() => RunAsync("stop", "postgres");

    /// <summary>SIGSTOP to the server and its backends: connections are accepted, and nothing answers.</summary>
    public void Freeze() => Signal("STOP");

    /// <summary>Ends <see cref="Freeze"/>.</summary>
    public void Thaw() => Signal("CONT");

    /// <summary>Makes an empty database.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync(string name)
    {
        await using var connection = new NpgsqlConnection(To("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await command.ExecuteNonQueryAsync();
        return To(name);
    }

    /// <summary>From now on a role needs its password; everybody else is trusted.</summary>
    public async Task RequirePasswordAsync(string role)
    {
        var rules = Path.Combine(_home, "postgres", "pg_hba.conf");
        await File.WriteAllTextAsync(rules, $"host all {role} 127.0.0.1/32 scram-sha-256\n{await File.ReadAllTextAsync(rules)}");
        await using var connection = new NpgsqlConnection(To("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT pg_reload_conf()", connection);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await RunAsync("down");
        Disk?.Dispose();
        if (Directory.Exists(_home))
            Directory.Delete(_home, recursive: true);
    }

    private string To(string database) => $"Host=127.0.0.1;Port={_port};Database={database};Username=otp";

    private void Signal(string signal) =>
        ProcessTree.Signal(int.Parse(File.ReadAllText(Path.Combine(_home, "postgres.pid")), CultureInfo.InvariantCulture), signal);

    private async Task RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Root(), "deploy", "cluster"), arguments) { RedirectStandardError = true };
        start.Environment["CLUSTER_HOME"] = _home;
        start.Environment["CLUSTER_PORT"] = _port.ToString(CultureInfo.InvariantCulture);
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        Assert.True(process.ExitCode == 0, $"deploy/cluster {string.Join(' ', arguments)}: {process.ExitCode}");
    }

    private static string Root([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
