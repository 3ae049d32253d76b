using System.Globalization;
using Npgsql;
using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Api.Activities;

/// <summary>
/// The partitions of a table in PostgreSQL, a day or a month each: made ahead, and dropped when all in them is too old. Any process does
/// it, one at a time. Both need the whole table for a moment, so neither waits long for it: the next round tries again. Thread-safe.
/// </summary>
internal sealed class PostgresPartitions(ClusterDatabase database, string table, bool monthly)
{
    /// <summary>An arbitrary number that must be the same in every version; the migrations' is another.</summary>
    private const long LockKey = 0x4F5450_0002;

    private const string Name = "yyyyMMdd";

    // Longer than this is not waited for the table, nor for another process that does the same.
    private const string LockTimeout = "SET LOCAL lock_timeout = '2s'";

    private readonly Lock _lock = new();
    private readonly HashSet<DateTime> _known = [];

    /// <summary>Makes the partitions that entries of these times need, unless they are known to be there.</summary>
    /// <exception cref="StoreUnavailableException">The database did not answer, or somebody holds the table.</exception>
    public async Task EnsureAsync(IEnumerable<EntryPosition> positions, CancellationToken cancellationToken)
    {
        HashSet<DateTime> missing = [.. positions.Select(position => StartOf(position.At.UtcDateTime))];
        lock (_lock)
            missing.ExceptWith(_known);
        foreach (var start in missing)
            await CreateAsync(start, cancellationToken);
    }

    /// <summary>Makes those of now and of the two spans after, and drops those that end before a time.</summary>
    /// <inheritdoc cref="EnsureAsync"/>
    public async Task MaintainAsync(DateTimeOffset now, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var start = StartOf(now.UtcDateTime);
        for (var ahead = 0; ahead < 3; ahead++, start = EndOf(start))
            await CreateAsync(start, cancellationToken);
        foreach (var partition in await ListAsync(cancellationToken))
        {
            if (EndOf(partition) <= before.UtcDateTime)
                await AlterAsync($"DROP TABLE IF EXISTS {NameOf(partition)}", cancellationToken);
        }
    }

    private async Task CreateAsync(DateTime start, CancellationToken cancellationToken)
    {
        await AlterAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                DO $do$ BEGIN
                    IF to_regclass('{NameOf(start)}') IS NULL THEN
                        CREATE TABLE {NameOf(start)} PARTITION OF {table} FOR VALUES FROM ('{start:yyyy-MM-dd}Z') TO ('{EndOf(
                    start
                ):yyyy-MM-dd}Z');
                    END IF;
                END $do$
                """
            ),
            cancellationToken
        );
        lock (_lock)
            _known.Add(start);
    }

    private Task<int> AlterAsync(string sql, CancellationToken cancellationToken) =>
        database.QueryAsync(
            async (connection, token) =>
            {
                await using var transaction = await connection.BeginTransactionAsync(token);
                await using var command = new NpgsqlCommand($"{LockTimeout}; SELECT pg_advisory_xact_lock({LockKey}); {sql}", connection);
                await command.ExecuteNonQueryAsync(token);
                await transaction.CommitAsync(token);
                return 0;
            },
            cancellationToken
        );

    private Task<List<DateTime>> ListAsync(CancellationToken cancellationToken) =>
        database.QueryAsync(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand(
                    "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = to_regclass($1)",
                    connection
                );
                command.Parameters.Add(new() { Value = table });
                await using var reader = await command.ExecuteReaderAsync(token);
                List<DateTime> found = [];
                while (await reader.ReadAsync(token))
                {
                    if (DateTime.TryParseExact(reader.GetString(0)[(table.Length + 1)..], Name, null, DateTimeStyles.None, out var start))
                        found.Add(start);
                }

                return found;
            },
            cancellationToken
        );

    private string NameOf(DateTime start) => $"{table}_{start.ToString(Name, CultureInfo.InvariantCulture)}";

    private DateTime StartOf(DateTime time) =>
        monthly
            ? new(time.Year, time.Month, 1, 0, 0, 0, DateTimeKind.Unspecified)
            : DateTime.SpecifyKind(time.Date, DateTimeKind.Unspecified);

    private DateTime EndOf(DateTime start) => monthly ? start.AddMonths(1) : start.AddDays(1);
}
