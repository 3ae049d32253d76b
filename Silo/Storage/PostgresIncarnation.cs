using Npgsql;
using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Sessions;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>
/// Which life of a PostgreSQL database this is. The database knows its home, the server's identity and its own; a copy made by
/// pg_restore has another, and no silo starts on it before an operator has said what became of the original.
/// </summary>
internal static class PostgresIncarnation
{
    private const string Home =
        "SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())";

    /// <summary>The incarnation, of a database at home.</summary>
    /// <exception cref="StartupException">The database is a copy.</exception>
    public static async Task<Incarnation> RequireAsync(string connectionString)
    {
        await using var source = NpgsqlDataSource.Create(DatabaseConnection.WithDefaults(connectionString));
        await using var row = source.CreateCommand(
            $"INSERT INTO incarnation (home) {Home} ON CONFLICT DO NOTHING; SELECT id, home = ({Home}) FROM incarnation"
        );
        await using var reader = await row.ExecuteReaderAsync();
        await reader.ReadAsync();
        if (!reader.GetBoolean(1))
        {
            throw new StartupException(
                """
                Not started: this database is a copy of another one, restored here.
                If it was restored from a backup, run 'Silo restored' with the same Cluster__Database: the backup's refresh tokens may have been spent since, and are then not used.
                If the original was stopped before the dump and has not run since, run 'Silo restored --final': its sessions go on.
                """
            );
        }

        return new(reader.IsDBNull(0) ? null : reader.GetString(0));
    }

    /// <summary>Makes the database at home where it is.</summary>
    /// <param name="connectionString">PostgreSQL connection string.</param>
    /// <param name="next">The life that begins; null to go on with the one before.</param>
    public static async Task MarkAsync(string connectionString, Incarnation? next)
    {
        await using var source = NpgsqlDataSource.Create(DatabaseConnection.WithDefaults(connectionString));
        // The silos of the original are not here.
        await using var silos = source.CreateCommand("DELETE FROM cluster_silo; UPDATE cluster_version SET version = version + 1");
        await silos.ExecuteNonQueryAsync();
        await using var command = source.CreateCommand(
            $"""
            INSERT INTO incarnation (home, id, restored_at) SELECT ({Home}), $1, now()
            ON CONFLICT (singleton) DO UPDATE SET home = excluded.home, id = coalesce(excluded.id, incarnation.id), restored_at = excluded.restored_at
            """
        );
        command.Parameters.Add(new() { NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text, Value = (object?)next?.Id ?? DBNull.Value });
        await command.ExecuteNonQueryAsync();
    }
}
