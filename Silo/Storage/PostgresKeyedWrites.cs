using Npgsql;
using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Grains.Storage;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>
/// Keyed writes in PostgreSQL. The sweep goes through them by primary key, so its cost depends on their number, not on the number of
/// accounts. It skips rows that another silo is deleting.
/// </summary>
internal sealed class PostgresKeyedWrites(ClusterDatabase database, string clusterId) : IKeyedWriteRows
{
    private const int BatchSize = 5_000;

    private const string Sql = """
        DELETE FROM grain_state WHERE (service_id, grain_type, id_n0, id_n1, id_text) IN (
            SELECT service_id, grain_type, id_n0, id_n1, id_text FROM grain_state
            WHERE service_id = @service AND grain_type = @type AND modified_at < now() - @age
            LIMIT @batch FOR UPDATE SKIP LOCKED)
        """;

    // Uses the database's clock, which wrote modified_at.
    public Task<int> DeleteExpiredAsync(TimeSpan keepFor, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.QueryAsync(
            async (connection, token) =>
            {
                for (var total = 0; ; )
                {
                    await using var command = new NpgsqlCommand(Sql, connection);
                    command.Parameters.AddWithValue("service", clusterId);
                    command.Parameters.AddWithValue("type", GrainStorageNames.KeyedWrites);
                    command.Parameters.AddWithValue("age", keepFor);
                    command.Parameters.AddWithValue("batch", BatchSize);
                    var deleted = await command.ExecuteNonQueryAsync(token);
                    total += deleted;
                    if (deleted < BatchSize)
                        return total;
                }
            },
            cancellationToken
        );
}
