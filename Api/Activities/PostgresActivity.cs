using Npgsql;
using NpgsqlTypes;
using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Core.Activities;

namespace OrleansTwitterProxy.Api.Activities;

/// <summary>The activity in PostgreSQL, in partitions of a day. Clusters that share a database share them.</summary>
internal sealed class PostgresActivity(ClusterDatabase database, string clusterId) : IActivityRows
{
    private const string Columns = "at, seq, client_id, account_id, endpoint, status, outcome, duration_us, cost_class, request_id";

    private const string Fits = """
        service_id = @service AND at <= @upper AND (at, seq) < (@upper, @upperSeq) AND (@from IS NULL OR at >= @from)
        AND (@client IS NULL OR client_id = @client) AND (@account IS NULL OR account_id = @account)
        AND (@endpoint IS NULL OR endpoint = @endpoint) AND (@outcome IS NULL OR outcome = @outcome)
        """;

    private readonly PostgresPartitions _days = new(database, "activity", monthly: false);

    public async Task WriteAsync(IReadOnlyList<ActivityEntry> entries, CancellationToken cancellationToken)
    {
        await _days.EnsureAsync(entries.Select(entry => entry.Position), cancellationToken);
        await database.QueryAsync(
            async (connection, token) =>
            {
                await using var import = await connection.BeginBinaryImportAsync(
                    $"COPY activity ({Columns}, service_id) FROM STDIN (FORMAT BINARY)",
                    token
                );
                foreach (var entry in entries)
                {
                    await import.StartRowAsync(token);
                    await import.WriteAsync(entry.Position.At.UtcDateTime, NpgsqlDbType.TimestampTz, token);
                    await import.WriteAsync(entry.Position.Sequence, NpgsqlDbType.Bigint, token);
                    await import.WriteAsync(entry.ClientId, NpgsqlDbType.Text, token);
                    await WriteAsync(import, entry.AccountId, token);
                    await import.WriteAsync(entry.Endpoint, NpgsqlDbType.Text, token);
                    await import.WriteAsync((short)entry.Status, NpgsqlDbType.Smallint, token);
                    await import.WriteAsync(entry.Outcome, NpgsqlDbType.Text, token);
                    await import.WriteAsync(entry.Duration.Ticks / TimeSpan.TicksPerMicrosecond, NpgsqlDbType.Bigint, token);
                    await WriteAsync(import, entry.CostClass, token);
                    await WriteAsync(import, entry.RequestId, token);
                    await import.WriteAsync(clusterId, NpgsqlDbType.Text, token);
                }

                return await import.CompleteAsync(token);
            },
            cancellationToken
        );
    }

    public Task<IReadOnlyList<ActivityEntry>> ReadAsync(ActivityFilter filter, int count, CancellationToken cancellationToken) =>
        PostgresEntries.ReadAsync(
            database,
            $"SELECT {Columns} FROM activity WHERE {Fits} ORDER BY at DESC, seq DESC LIMIT @count",
            [.. Parameters(filter), new("count", count)],
            static row => new ActivityEntry
            {
                Position = PostgresEntries.PositionOf(row),
                ClientId = row.GetString(2),
                AccountId = PostgresEntries.Text(row, 3),
                Endpoint = row.GetString(4),
                Status = row.GetInt16(5),
                Outcome = row.GetString(6),
                Duration = TimeSpan.FromTicks(row.GetInt64(7) * TimeSpan.TicksPerMicrosecond),
                CostClass = PostgresEntries.Text(row, 8),
                RequestId = PostgresEntries.Text(row, 9),
            },
            cancellationToken
        );

    public async Task<IReadOnlyList<Usage>> SumAsync(UsageKey by, ActivityFilter filter, int count, CancellationToken cancellationToken)
    {
        var key = by switch
        {
            UsageKey.Client => "client_id",
            UsageKey.Account => "account_id",
            _ => "endpoint",
        };
        // The server chooses the keys: there may be as many as accounts.
        var parts = await PostgresEntries.ReadAsync(
            database,
            $"""
            WITH parts AS (
                SELECT {key} AS key, cost_class, count(*) AS calls,
                    count(*) FILTER (WHERE outcome NOT IN (@answered, @aborted)) AS rejected,
                    count(*) FILTER (WHERE outcome = @answered AND status >= 400) AS errors,
                    count(*) FILTER (WHERE outcome = @answered AND status BETWEEN 200 AND 299) AS billed
                FROM activity WHERE {Fits} GROUP BY 1, 2),
            top AS (SELECT key FROM parts GROUP BY key ORDER BY sum(calls) DESC, key COLLATE "C" LIMIT @count)
            SELECT key, cost_class, calls, rejected, errors, billed FROM parts
            WHERE EXISTS (SELECT 1 FROM top WHERE top.key IS NOT DISTINCT FROM parts.key)
            """,
            [.. Parameters(filter), new("count", count), new("answered", ActivityEntry.Answered), new("aborted", ActivityEntry.Aborted)],
            static row => new UsagePart(
                PostgresEntries.Text(row, 0),
                PostgresEntries.Text(row, 1),
                row.GetInt64(2),
                row.GetInt64(3),
                row.GetInt64(4),
                row.GetInt64(5)
            ),
            cancellationToken
        );
        var sum = new UsageSum();
        foreach (var part in parts)
            sum.Add(part);
        return sum.Top(count);
    }

    public Task MaintainAsync(DateTimeOffset now, TimeSpan keepFor, CancellationToken cancellationToken) =>
        _days.MaintainAsync(now, now - keepFor, cancellationToken);

    private static Task WriteAsync(NpgsqlBinaryImporter import, string? text, CancellationToken cancellationToken) =>
        text is null ? import.WriteNullAsync(cancellationToken) : import.WriteAsync(text, NpgsqlDbType.Text, cancellationToken);

    private IEnumerable<NpgsqlParameter> Parameters(ActivityFilter filter) =>
        PostgresEntries
            .Range(clusterId, filter.Upper, filter.From)
            .Concat([
                PostgresEntries.Text("client", filter.ClientId),
                PostgresEntries.Text("account", filter.AccountId),
                PostgresEntries.Text("endpoint", filter.Endpoint),
                PostgresEntries.Text("outcome", filter.Outcome),
            ]);
}
