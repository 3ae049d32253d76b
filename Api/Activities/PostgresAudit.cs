using Npgsql;
using NpgsqlTypes;
using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Core.Activities;

namespace OrleansTwitterProxy.Api.Activities;

/// <summary>The audit in PostgreSQL, in partitions of a month. A trigger refuses to change or delete a row.</summary>
internal sealed class PostgresAudit(ClusterDatabase database, string clusterId) : IAuditRows
{
    private const string Columns = "at, seq, action, operator, client_id, account_id, detail, reason, request_id, node";

    private readonly PostgresPartitions _months = new(database, "audit", monthly: true);

    public async Task WriteAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        await _months.EnsureAsync(entries.Select(entry => entry.Position), cancellationToken);
        await database.QueryAsync(
            async (connection, token) =>
            {
                // A row that is there was written by an attempt whose answer was lost.
                await using var command = new NpgsqlCommand(
                    $"""
                    INSERT INTO audit (service_id, {Columns})
                    SELECT @service, * FROM unnest(@at, @seq, @action, @operator, @client, @account, @detail, @reason, @request, @node)
                    ON CONFLICT DO NOTHING
                    """,
                    connection
                );
                command.Parameters.Add(new("service", clusterId));
                command.Parameters.Add(
                    new("at", NpgsqlDbType.Array | NpgsqlDbType.TimestampTz)
                    {
                        Value = entries.Select(entry => entry.Position.At.UtcDateTime).ToArray(),
                    }
                );
                command.Parameters.Add(new("seq", entries.Select(entry => entry.Position.Sequence).ToArray()));
                Add("action", entry => entry.Action);
                Add("operator", entry => entry.Operator);
                Add("client", entry => entry.ClientId);
                Add("account", entry => entry.AccountId);
                Add("detail", entry => entry.Detail);
                Add("reason", entry => entry.Reason);
                Add("request", entry => entry.RequestId);
                Add("node", entry => entry.Node);
                return await command.ExecuteNonQueryAsync(token);

                void Add(string name, Func<AuditEntry, string?> text) =>
                    command.Parameters.Add(new(name, NpgsqlDbType.Array | NpgsqlDbType.Text) { Value = entries.Select(text).ToArray() });
            },
            cancellationToken
        );
    }

    public Task<IReadOnlyList<AuditEntry>> ReadAsync(AuditFilter filter, int count, CancellationToken cancellationToken) =>
        PostgresEntries.ReadAsync(
            database,
            $"""
            SELECT {Columns} FROM audit
            WHERE service_id = @service AND at <= @upper AND (at, seq) < (@upper, @upperSeq) AND (@from IS NULL OR at >= @from)
              AND (@action IS NULL OR action = @action) AND (@operator IS NULL OR operator = @operator)
              AND (@client IS NULL OR client_id = @client) AND (@account IS NULL OR account_id = @account)
            ORDER BY at DESC, seq DESC LIMIT @count
            """,
            [
                .. PostgresEntries.Range(clusterId, filter.Upper, filter.From),
                PostgresEntries.Text("action", filter.Action),
                PostgresEntries.Text("operator", filter.Operator),
                PostgresEntries.Text("client", filter.ClientId),
                PostgresEntries.Text("account", filter.AccountId),
                new("count", count),
            ],
            static row => new AuditEntry
            {
                Position = PostgresEntries.PositionOf(row),
                Action = row.GetString(2),
                Operator = PostgresEntries.Text(row, 3),
                ClientId = PostgresEntries.Text(row, 4),
                AccountId = PostgresEntries.Text(row, 5),
                Detail = PostgresEntries.Text(row, 6),
                Reason = PostgresEntries.Text(row, 7),
                RequestId = PostgresEntries.Text(row, 8),
                Node = PostgresEntries.Text(row, 9),
            },
            cancellationToken
        );

    public Task MaintainAsync(DateTimeOffset now, TimeSpan keepFor, CancellationToken cancellationToken) =>
        _months.MaintainAsync(now, now - keepFor, cancellationToken);
}
