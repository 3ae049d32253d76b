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

    public static async Task<PostgresServer> StartAsync()
    {
        var server = new PostgresServer();
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

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await RunAsync("down");
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
