using Npgsql;
using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Grains.Storage;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>
/// Accounts in PostgreSQL. Keyed writes and uploads have no index on their account: a scan each, of the rows of the last day. Orleans
/// stores a key that is a hexadecimal number of up to 16 digits, or a GUID, as numbers (id_n0, id_n1), and any other as text (id_text).
/// </summary>
internal sealed class PostgresAccounts(ClusterDatabase database, string clusterId) : IAccountRows
{
    private const string Rows = "FROM grain_state WHERE service_id = @service AND grain_type = @type";

    // An account's id has 1 to 20 decimal digits: a number up to 16 of them, and text from then on.
    public Task<IReadOnlyList<string>> ListAsync(string? after, int count, CancellationToken cancellationToken)
    {
        var (number, text) = after is null ? (long.MinValue, "") : PostgresAccountRecords.KeyOf(after);
        return ReadAsync(
            GrainStorageNames.Sessions,
            $"SELECT id_n1, id_text {Rows} AND id_n0 = 0 AND (id_n1, id_text) > (@number, @text) ORDER BY id_n1, id_text LIMIT @count",
            static row => PostgresAccountRecords.AccountOf(row.GetInt64(0), row.GetString(1)),
            cancellationToken,
            ("number", number),
            ("text", text),
            ("count", count)
        );
    }

    // The keys are ACCOUNT/HASH.
    public async Task<int> DeleteKeyedWritesAsync(string accountId, CancellationToken cancellationToken) =>
        (
            await ReadAsync(
                GrainStorageNames.KeyedWrites,
                $"DELETE {Rows} AND id_n0 = 0 AND id_n1 = 0 AND starts_with(id_text, @prefix) RETURNING id_text",
                static row => row.GetString(0),
                cancellationToken,
                ("prefix", $"{accountId}/")
            )
        ).Count;

    // A row is Orleans' JSON around the record's. What a client sent is in it with its quotes as \u0022, so it cannot look like a member.
    public Task<IReadOnlyList<string>> FindUploadsAsync(string accountId, CancellationToken cancellationToken) =>
        ReadAsync(
            GrainStorageNames.Uploads,
            $"SELECT id_n0, id_n1 {Rows} AND position(convert_to(@account, 'UTF8') IN payload) > 0",
            static row => new Guid([.. BitConverter.GetBytes(row.GetInt64(0)), .. BitConverter.GetBytes(row.GetInt64(1))]).ToString("N"),
            cancellationToken,
            ("account", $@"\""accountId\"":\""{accountId}\""")
        );

    private Task<IReadOnlyList<string>> ReadAsync(
        string grainType,
        string sql,
        Func<NpgsqlDataReader, string> read,
        CancellationToken cancellationToken,
        params (string Name, object Value)[] parameters
    ) =>
        database.QueryAsync<IReadOnlyList<string>>(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand(sql, connection);
                command.Parameters.AddWithValue("service", clusterId);
                command.Parameters.AddWithValue("type", grainType);
                foreach (var (name, value) in parameters)
                    command.Parameters.AddWithValue(name, value);
                await using var reader = await command.ExecuteReaderAsync(token);
                List<string> rows = [];
                while (await reader.ReadAsync(token))
                    rows.Add(read(reader));
                return rows;
            },
            cancellationToken
        );
}
