using System.Net;
using Npgsql;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Storage;

/// <summary>Storage that is full, read-only or exhausted: readiness says so within seconds, nothing is lost, it ends by itself.</summary>
public sealed class ReadinessTests
{
    // A setting of the database is for new connections.
    private const string EndOthers =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";

    private static readonly TimeSpan Seconds = TimeSpan.FromSeconds(15);

    [SmallDiskFact]
    public async Task A_full_disk_under_SQLite_is_told_and_over_once_there_is_room()
    {
        using var parent = new TemporaryFolder();
        using var disk = SmallDisk.Mount(Path.Combine(parent.Path, "disk"), "128m");
        await using var proxy = await ProxyHost.StartAsync(new() { DataPath = Path.Combine(parent.Path, "disk", "data") });
        var alice = await proxy.SignInAsync("alice");
        await UntilAsync(proxy, "Healthy");

        using (disk.Fill())
        {
            await UntilAsync(proxy, "Unhealthy: database (disk full)");
            await ProxyHost.ReadAsync(await alice.Http.GetAsync("/v1/users/me")); // an account in memory goes on
        }

        await UntilAsync(proxy, "Healthy");
        await ProxyHost.ReadAsync(await alice.Http.PostAsync("/v1/session/refresh", null));
    }

    [PostgresFact]
    public async Task A_database_that_is_made_read_only_is_told_and_over_once_it_takes_writes()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync("frozen");
        await using var silo = await StartSiloAsync(database);
        var alice = await silo.SignInAsync("alice");
        await UntilAsync(silo, "Healthy");

        await ExecuteAsync(database, "ALTER DATABASE frozen SET default_transaction_read_only = on", EndOthers);

        await UntilAsync(silo, "Unhealthy: database (read-only)");
        await ProxyHost.ReadAsync(await alice.Http.GetAsync("/v1/users/me"));
        await ExecuteAsync(database, "BEGIN READ WRITE; ALTER DATABASE frozen RESET default_transaction_read_only; COMMIT");
        await UntilAsync(silo, "Healthy");
        await ProxyHost.ReadAsync(await alice.Http.PostAsync("/v1/session/refresh", null));
    }

    [PostgresFact]
    public async Task A_server_without_connections_left_degrades_a_node_that_still_has_some()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync("crowded");
        await using var silo = await StartSiloAsync(database);
        await UntilAsync(silo, "Healthy");
        List<NpgsqlConnection> held = [];
        try
        {
            await Eventually.TrueAsync("it is told", Seconds, async () =>
            {
                await TakeAllAsync(held, database); // also those that the silo has given back meanwhile
                return (await ReadyAsync(silo)).Contains("database (no connections left)", StringComparison.Ordinal);
            });
        }
        finally
        {
            foreach (var connection in held)
                await connection.DisposeAsync();
        }

        await UntilAsync(silo, "Healthy");
    }

    private static async Task TakeAllAsync(List<NpgsqlConnection> held, string database)
    {
        while (true)
        {
            var connection = new NpgsqlConnection(database + ";Pooling=false;Timeout=30");
            held.Add(connection);
            try
            {
                await connection.OpenAsync();
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.TooManyConnections)
            {
                return;
            }
        }
    }

    private static Task<ProxyHost> StartSiloAsync(string database) =>
        ProxyHost.StartAsync(
            new()
            {
                Settings = new Dictionary<string, string>
                {
                    ["Cluster:Database"] = database,
                    ["Cluster:MigrateAtStart"] = "true",
                    ["Cluster:AdvertisedAddress"] = "127.0.0.1",
                },
            }
        );

    private static async Task ExecuteAsync(string database, params string[] statements)
    {
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync();
        foreach (var statement in statements)
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync();
        }
    }

    private static Task<TimeSpan> UntilAsync(ProxyHost proxy, string text) =>
        Eventually.TrueAsync(text, Seconds, async () => await ReadyAsync(proxy) == text);

    private static async Task<string> ReadyAsync(ProxyHost proxy)
    {
        using var response = await proxy.Http.GetAsync("/healthz/ready");
        var text = await response.Content.ReadAsStringAsync();
        Assert.Equal(
            text.StartsWith("Unhealthy", StringComparison.Ordinal) ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK,
            response.StatusCode
        );
        return text;
    }
}
