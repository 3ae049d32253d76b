using Microsoft.Data.Sqlite;
using OrleansTwitterProxy.Core.Activities;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>The activity in SQLite.</summary>
internal sealed class SqliteActivity(SqliteDatabase database) : IActivityRows
{
    private const string Table = "activity";

    private static readonly string[] Columns =
    [
        "at",
        "seq",
        "client",
        "account",
        "endpoint",
        "status",
        "outcome",
        "duration",
        "cost",
        "request",
    ];

    private static readonly string Insert =
        $"INSERT INTO {Table} ({string.Join(", ", Columns)}) VALUES ({string.Join(", ", Columns.Select(column => "$" + column))})";

    private const string Fits = """
        ($client IS NULL OR client = $client) AND ($account IS NULL OR account = $account)
        AND ($endpoint IS NULL OR endpoint = $endpoint) AND ($outcome IS NULL OR outcome = $outcome)
        """;

    public Task WriteAsync(IReadOnlyList<ActivityEntry> entries, CancellationToken cancellationToken) =>
        SqliteEntries.WriteAsync(database, Insert, Columns, entries, Set, cancellationToken);

    public async Task<IReadOnlyList<ActivityEntry>> ReadAsync(ActivityFilter filter, int count, CancellationToken cancellationToken)
    {
        List<ActivityEntry> found = [];
        await SqliteEntries.WalkAsync(
            database,
            Table,
            filter.Upper,
            filter.From,
            (connection, step) =>
            {
                using var command = connection.Command(
                    $"""
                    SELECT {string.Join(", ", Columns)} FROM {Table} WHERE {SqliteEntries.InStep} AND {Fits}
                    ORDER BY at DESC, seq DESC LIMIT $count
                    """,
                    [.. step, .. Parameters(filter), ("$count", count - found.Count)]
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

    public async Task<IReadOnlyList<Usage>> SumAsync(UsageKey by, ActivityFilter filter, int count, CancellationToken cancellationToken)
    {
        var key = by switch
        {
            UsageKey.Client => "client",
            UsageKey.Account => "account",
            _ => "endpoint",
        };
        var sum = new UsageSum();
        await SqliteEntries.WalkAsync(
            database,
            Table,
            filter.Upper,
            filter.From,
            (connection, step) =>
            {
                using var command = connection.Command(
                    $"""
                    SELECT {key}, cost, count(*), sum(outcome NOT IN ($answered, $aborted)), sum(outcome = $answered AND status >= 400),
                        sum(outcome = $answered AND status BETWEEN 200 AND 299)
                    FROM {Table} WHERE {SqliteEntries.InStep} AND {Fits} GROUP BY 1, 2
                    """,
                    [.. step, .. Parameters(filter), ("$answered", ActivityEntry.Answered), ("$aborted", ActivityEntry.Aborted)]
                );
                using var reader = command.ExecuteReader();
                while (reader.Read())
                {
                    sum.Add(
                        new(
                            Text(reader, 0),
                            Text(reader, 1),
                            reader.GetInt64(2),
                            reader.GetInt64(3),
                            reader.GetInt64(4),
                            reader.GetInt64(5)
                        )
                    );
                }

                return true;
            },
            cancellationToken
        );
        return sum.Top(count);
    }

    public Task MaintainAsync(DateTimeOffset now, TimeSpan keepFor, CancellationToken cancellationToken) =>
        SqliteEntries.DropAsync(database, Table, now - keepFor, cancellationToken);

    private static void Set(ActivityEntry entry, SqliteParameter[] parameters)
    {
        parameters[0].Value = entry.Position.Microseconds;
        parameters[1].Value = entry.Position.Sequence;
        parameters[2].Value = entry.ClientId;
        parameters[3].Value = entry.AccountId ?? (object)DBNull.Value;
        parameters[4].Value = entry.Endpoint;
        parameters[5].Value = entry.Status;
        parameters[6].Value = entry.Outcome;
        parameters[7].Value = entry.Duration.Ticks / TimeSpan.TicksPerMicrosecond;
        parameters[8].Value = entry.CostClass ?? (object)DBNull.Value;
        parameters[9].Value = entry.RequestId ?? (object)DBNull.Value;
    }

    private static ActivityEntry Read(SqliteDataReader row) =>
        new()
        {
            Position = new(row.GetInt64(0), row.GetInt64(1)),
            ClientId = row.GetString(2),
            AccountId = Text(row, 3),
            Endpoint = row.GetString(4),
            Status = row.GetInt32(5),
            Outcome = row.GetString(6),
            Duration = TimeSpan.FromTicks(row.GetInt64(7) * TimeSpan.TicksPerMicrosecond),
            CostClass = Text(row, 8),
            RequestId = Text(row, 9),
        };

    private static (string, object?)[] Parameters(ActivityFilter filter) =>
        [
            ("$client", filter.ClientId ?? (object)DBNull.Value),
            ("$account", filter.AccountId ?? (object)DBNull.Value),
            ("$endpoint", filter.Endpoint ?? (object)DBNull.Value),
            ("$outcome", filter.Outcome ?? (object)DBNull.Value),
        ];

    private static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
