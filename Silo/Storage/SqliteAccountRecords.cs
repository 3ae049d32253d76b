using Microsoft.Data.Sqlite;
using OrleansTwitterProxy.Core.Sessions;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>The accounts' records in SQLite. They are parsed on the caller's thread: SQLite's own has more to do.</summary>
internal sealed class SqliteAccountRecords(SqliteDatabase database) : IAccountRecords
{
    public async Task<IReadOnlyList<AccountRow>> ReadAsync(string? after, int count, CancellationToken cancellationToken)
    {
        var rows = await RowsAsync(
            "SELECT key, record FROM sessions WHERE key > $after ORDER BY key LIMIT $count",
            cancellationToken,
            ("$after", after ?? ""),
            ("$count", count)
        );
        return [.. rows.Select(row => AccountRow.Of(row.Key, row.Json))];
    }

    public async Task<AccountRow?> FindAsync(string accountId, CancellationToken cancellationToken) =>
        await RowsAsync("SELECT key, record FROM sessions WHERE key = $key", cancellationToken, ("$key", accountId)) is [var (key, json)]
            ? AccountRow.Of(key, json)
            : null;

    private Task<List<(string Key, string Json)>> RowsAsync(
        string sql,
        CancellationToken cancellationToken,
        params (string Name, object? Value)[] parameters
    ) =>
        database.RunAsync(
            connection =>
            {
                using var command = connection.Command(sql, parameters);
                using var reader = command.ExecuteReader();
                List<(string Key, string Json)> rows = [];
                while (reader.Read())
                    rows.Add((reader.GetString(0), reader.GetString(1)));
                return rows;
            },
            cancellationToken
        );
}
