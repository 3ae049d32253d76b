using Npgsql;
using NpgsqlTypes;
using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Api.Activities;

/// <summary>What the tables of activity and audit have in common: their key is (at, seq).</summary>
internal static class PostgresEntries
{
    // The server gives up before the connection's own timeout, which would look like a database that is away.
    private const string StatementTimeout = "SET LOCAL statement_timeout = '8s'";

    /// <summary>Reads rows, or gives up after 8 s.</summary>
    /// <exception cref="StoreUnavailableException">The database did not answer, or not in that time.</exception>
    public static Task<IReadOnlyList<T>> ReadAsync<T>(
        ClusterDatabase database,
        string sql,
        IEnumerable<NpgsqlParameter> parameters,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken
    ) =>
        database.QueryAsync<IReadOnlyList<T>>(
            async (connection, token) =>
            {
                await using var transaction = await connection.BeginTransactionAsync(token);
                await using (var timeout = new NpgsqlCommand(StatementTimeout, connection))
                    await timeout.ExecuteNonQueryAsync(token);
                await using var command = new NpgsqlCommand(sql, connection);
                foreach (var parameter in parameters)
                    command.Parameters.Add(parameter);
                await using var reader = await command.ExecuteReaderAsync(token);
                List<T> rows = [];
                while (await reader.ReadAsync(token))
                    rows.Add(read(reader));
                return rows;
            },
            cancellationToken
        );

    /// <summary>The parameters @service, @upper, @upperSeq and @from.</summary>
    public static IEnumerable<NpgsqlParameter> Range(string clusterId, EntryPosition upper, DateTimeOffset? from) =>
        [
            new("service", clusterId),
            new("upper", NpgsqlDbType.TimestampTz) { Value = TimeOf(upper.Microseconds) },
            new("upperSeq", upper.Sequence),
            new("from", NpgsqlDbType.TimestampTz) { Value = from?.UtcDateTime ?? (object)DBNull.Value },
        ];

    public static NpgsqlParameter Text(string name, string? value) =>
        new(name, NpgsqlDbType.Text) { Value = value ?? (object)DBNull.Value };

    public static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    /// <summary>The position of a row whose first columns are at and seq.</summary>
    public static EntryPosition PositionOf(NpgsqlDataReader row) => EntryPosition.Of(row.GetFieldValue<DateTimeOffset>(0), row.GetInt64(1));

    // The last second that both sides have stands for "without end".
    private static DateTime TimeOf(long microseconds) =>
        microseconds >= EntryPosition.MicrosecondsOf(DateTimeOffset.MaxValue)
            ? new DateTime(9999, 12, 31, 0, 0, 0, DateTimeKind.Utc)
            : new EntryPosition(microseconds, 0).At.UtcDateTime;
}
