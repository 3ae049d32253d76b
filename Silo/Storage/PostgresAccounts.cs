using Npgsql;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Grains.Storage;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>
/// Accounts in PostgreSQL. Keyed writes and uploads have no index on their account: a scan each, of the rows of the last day.
/// </summary>
internal sealed class PostgresAccounts(string connectionString, string clusterId) : IAccountRows
{
    private const string Rows = "FROM grain_state WHERE service_id = @service AND grain_type = @type AND id_n0 = 0 AND id_n1 = 0";

    public Task<IReadOnlyList<string>> ListAsync(string? after, int count, CancellationToken cancellationToken) =>
        KeysAsync(
            GrainStorageNames.Sessions,
            $"SELECT id_text {Rows} AND id_text > @after ORDER BY id_text LIMIT @count",
            cancellationToken,
            ("after", after ?? ""),
            ("count", count)
        );

    // The keys are ACCOUNT/HASH.
    public async Task<int> DeleteKeyedWritesAsync(string accountId, CancellationToken cancellationToken) =>
        (
            await KeysAsync(
                GrainStorageNames.KeyedWrites,
                $"DELETE {Rows} AND starts_with(id_text, @prefix) RETURNING id_text",
                cancellationToken,
                ("prefix", $"{accountId}/")
            )
        ).Count;

    // A row is Orleans' JSON around the record's, whose first members these are. What a client sent is in it with its quotes as \u0022.
    public Task<IReadOnlyList<string>> FindUploadsAsync(string accountId, CancellationToken cancellationToken) =>
        KeysAsync(
            GrainStorageNames.Uploads,
            $"SELECT id_text {Rows} AND position(convert_to(@account, 'UTF8') IN payload) > 0",
            cancellationToken,
            ("account", $@"\""accountId\"":\""{accountId}\""")
        );

    private async Task<IReadOnlyList<string>> KeysAsync(
        string grainType,
        string sql,
        CancellationToken cancellationToken,
        params (string Name, object Value)[] parameters
    )
    {
        try
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand(sql, connection);
            command.Parameters.AddWithValue("service", clusterId);
            command.Parameters.AddWithValue("type", grainType);
            foreach (var (name, value) in parameters)
                command.Parameters.AddWithValue(name, value);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            List<string> keys = [];
            while (await reader.ReadAsync(cancellationToken))
                keys.Add(reader.GetString(0));
            return keys;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException)
        {
            throw new StoreUnavailableException("PostgreSQL does not answer.", e);
        }
    }
}
