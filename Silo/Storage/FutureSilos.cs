using System.CommandLine;
using Npgsql;
using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Sandbox;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>
/// Silos in the membership table that started, by their name, later than now: their machine's clock was ahead. Orleans takes a silo that
/// starts at the same address for their predecessor, and so for dead, until that time has come.
/// </summary>
internal static class FutureSilos
{
    // A silo's generation: the seconds since 2022 on its machine's clock when it started.
    private const string IsFromTheFuture = "deployment_id = $1 AND generation > extract(epoch FROM now() - timestamptz '2022-01-01Z') + $2";

    /// <summary>Checks, before a silo joins, this machine's clock and those of the silos that have joined.</summary>
    /// <exception cref="StartupException">A clock is off; the message says what to do.</exception>
    public static async Task RefuseToJoinAsync(ClusterOptions cluster, TimeProvider timeProvider)
    {
        await using var connection = new NpgsqlConnection(DatabaseConnection.Unpooled(cluster.Database));
        await connection.OpenAsync();
        var offset = await DatabaseClock.OffsetAsync(connection, timeProvider, CancellationToken.None);
        if (offset.Duration() > DatabaseClock.MaxOffset)
        {
            throw new StartupException(
                $"Not started: {DatabaseClock.Describe(offset)}, and a silo joins with at most {DatabaseClock.MaxOffset.TotalSeconds:F0} s. Set this machine's clock (by NTP), or the database's, and start again."
            );
        }

        await using var command = Command(
            connection,
            cluster.ClusterId,
            $"SELECT address || ':' || port FROM cluster_silo WHERE {IsFromTheFuture}"
        );
        if (await NamesAsync(command) is { Count: > 0 } names)
        {
            throw new StartupException(
                $"Not started: the membership table has silos from the future ({string.Join(", ", names)}), so the clock of their machine was ahead. Stop them if they still run, and run 'Silo membership heal' with the same Cluster__Database."
            );
        }
    }

    /// <summary>The command <c>Silo membership heal</c>.</summary>
    public static Command CreateCommand(string[] settings)
    {
        var heal = new Command(
            "heal",
            "Removes silos from the future, which a machine whose clock was ahead has left. Stop such a silo first, and restart the others after it."
        );
        heal.SetAction((_, _) => CommandLine.ExplainAsync(() => HealAsync(settings)));
        return new Command("membership", "The table of the cluster's silos (Cluster:Database).") { heal };
    }

    private static async Task<int> HealAsync(string[] settings)
    {
        var configuration = KnownSettings.CreateBuilder(settings, typeof(SandboxOptions)).Configuration;
        var cluster = configuration.GetSection(ClusterOptions.Section).Get<ClusterOptions>() ?? new();
        if (!cluster.HasDatabase)
            throw new StartupException("Cluster__Database is not set: there is no membership table to heal.");
        await Migrations.RequireAsync(cluster.Database, migrate: false, TimeSpan.Zero);
        await using var connection = new NpgsqlConnection(DatabaseConnection.Unpooled(cluster.Database));
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var delete = Command(
            connection,
            cluster.ClusterId,
            $"DELETE FROM cluster_silo WHERE {IsFromTheFuture} RETURNING address || ':' || port"
        );
        var names = await NamesAsync(delete);
        // Silos that run read the table again only when its version has changed.
        await using var raise = new NpgsqlCommand("UPDATE cluster_version SET version = version + 1 WHERE deployment_id = $1", connection);
        raise.Parameters.Add(new() { Value = cluster.ClusterId });
        if (names.Count > 0)
            await raise.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
        Console.WriteLine(
            names.Count == 0
                ? "The membership table has no silo from the future."
                : $"Removed {names.Count} from the membership table: {string.Join(", ", names)}. Restart the silos that were running beside them."
        );
        return 0;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string clusterId, string sql) =>
        new(sql, connection)
        {
            Parameters =
            {
                new() { Value = clusterId },
                new() { Value = DatabaseClock.MaxOffset.TotalSeconds },
            },
        };

    private static async Task<List<string>> NamesAsync(NpgsqlCommand command)
    {
        await using var reader = await command.ExecuteReaderAsync();
        List<string> names = [];
        while (await reader.ReadAsync())
            names.Add(reader.GetString(0));
        return names;
    }
}
