using Microsoft.Data.Sqlite;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>Accounts in SQLite. Uploads have no index on their account: a scan of a table whose rows live for a day.</summary>
internal sealed class SqliteAccounts(SqliteDatabase database) : IAccountRows
{
    public Task<IReadOnlyList<string>> ListAsync(string? after, int count, CancellationToken cancellationToken) =>
        KeysAsync(
            "SELECT key FROM sessions WHERE key > $after ORDER BY key LIMIT $count",
            cancellationToken,
            ("$after", after ?? ""),
            ("$count", count)
        );

    public Task<int> DeleteKeyedWritesAsync(string accountId, CancellationToken cancellationToken) =>
        database.RunAsync(
            connection =>
            {
                // The keys are ACCOUNT/HASH; '0' is the character after '/'.
                using var command = connection.Command(
                    "DELETE FROM keyed_writes WHERE key >= $account || '/' AND key < $account || '0'",
                    ("$account", accountId)
                );
                return command.ExecuteNonQuery();
            },
            cancellationToken
        );

    public Task<IReadOnlyList<string>> FindUploadsAsync(string accountId, CancellationToken cancellationToken) =>
        KeysAsync(
            "SELECT key FROM uploads WHERE CASE WHEN json_valid(record) THEN record ->> '$.accountId' END = $account",
            cancellationToken,
            ("$account", accountId)
        );

    private Task<IReadOnlyList<string>> KeysAsync(
        string sql,
        CancellationToken cancellationToken,
        params (string Name, object? Value)[] parameters
    ) =>
        database.RunAsync<IReadOnlyList<string>>(
            connection =>
            {
                using var command = connection.Command(sql, parameters);
                using var reader = command.ExecuteReader();
                List<string> keys = [];
                while (reader.Read())
                    keys.Add(reader.GetString(0));
                return keys;
            },
            cancellationToken
        );
}
