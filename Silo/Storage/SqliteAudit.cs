using Microsoft.Data.Sqlite;
using OrleansTwitterProxy.Core.Activities;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>The audit in SQLite. A trigger refuses to change a row.</summary>
internal sealed class SqliteAudit(SqliteDatabase database) : IAuditRows
{
    private const string Table = "audit";

    private static readonly string[] Columns =
    [
        "at",
        "seq",
        "action",
        "operator",
        "client",
        "account",
        "detail",
        "reason",
        "request",
        "node",
    ];

    // A row that is there was written by an attempt whose answer was lost.
    private static readonly string Insert =
        $"INSERT INTO {Table} ({string.Join(", ", Columns)}) VALUES ({string.Join(", ", Columns.Select(column => "$" + column))}) ON CONFLICT DO NOTHING";

    public Task WriteAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken) =>
        SqliteEntries.WriteAsync(database, Insert, Columns, entries, Set, cancellationToken);

    public async Task<IReadOnlyList<AuditEntry>> ReadAsync(AuditFilter filter, int count, CancellationToken cancellationToken)
    {
        List<AuditEntry> found = [];
        await SqliteEntries.WalkAsync(
            database,
            Table,
            filter.Upper,
            filter.From,
            (connection, step) =>
            {
                using var command = connection.Command(
                    $"""
                    SELECT {string.Join(", ", Columns)} FROM {Table} WHERE {SqliteEntries.InStep}
                        AND ($action IS NULL OR action = $action) AND ($operator IS NULL OR operator = $operator)
                        AND ($client IS NULL OR client = $client) AND ($account IS NULL OR account = $account)
                    ORDER BY at DESC, seq DESC LIMIT $count
                    """,
                    [
                        .. step,
                        ("$action", filter.Action ?? (object)DBNull.Value),
                        ("$operator", filter.Operator ?? (object)DBNull.Value),
                        ("$client", filter.ClientId ?? (object)DBNull.Value),
                        ("$account", filter.AccountId ?? (object)DBNull.Value),
                        ("$count", count - found.Count),
                    ]
                );
                using var reader = command.ExecuteReader();
                while (reader.Read())
                    found.Add(Read(reader));
                return found.Count < count;
            },
            cancellationToken
        );
        return found;
    }

    public Task MaintainAsync(DateTimeOffset now, TimeSpan keepFor, CancellationToken cancellationToken) =>
        SqliteEntries.DropAsync(database, Table, now - keepFor, cancellationToken);

    private static void Set(AuditEntry entry, SqliteParameter[] parameters)
    {
        parameters[0].Value = entry.Position.Microseconds;
        parameters[1].Value = entry.Position.Sequence;
        parameters[2].Value = entry.Action;
        parameters[3].Value = entry.Operator ?? (object)DBNull.Value;
        parameters[4].Value = entry.ClientId ?? (object)DBNull.Value;
        parameters[5].Value = entry.AccountId ?? (object)DBNull.Value;
        parameters[6].Value = entry.Detail ?? (object)DBNull.Value;
        parameters[7].Value = entry.Reason ?? (object)DBNull.Value;
        parameters[8].Value = entry.RequestId ?? (object)DBNull.Value;
        parameters[9].Value = entry.Node ?? (object)DBNull.Value;
    }

    private static AuditEntry Read(SqliteDataReader row) =>
        new()
        {
            Position = new(row.GetInt64(0), row.GetInt64(1)),
            Action = row.GetString(2),
            Operator = Text(row, 3),
            ClientId = Text(row, 4),
            AccountId = Text(row, 5),
            Detail = Text(row, 6),
            Reason = Text(row, 7),
            RequestId = Text(row, 8),
            Node = Text(row, 9),
        };

    private static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
