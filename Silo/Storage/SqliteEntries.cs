using Microsoft.Data.Sqlite;
using OrleansTwitterProxy.Core.Activities;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>
/// What the tables of activity and audit have in common: their key is (at, seq), at in microseconds since 1970. The database has one
/// thread, which sign-ins and refreshes need too: whatever goes through many rows does so in steps.
/// </summary>
internal static class SqliteEntries
{
    /// <summary>Rows of one step, some 10 ms.</summary>
    private const int Step = 10_000;

    /// <summary>Stores rows in one transaction.</summary>
    /// <param name="database">The database.</param>
    /// <param name="insert">INSERT with a value for each column.</param>
    /// <param name="columns">Names of the parameters.</param>
    /// <param name="rows">What to store.</param>
    /// <param name="values">Sets a row's values, in the order of the columns.</param>
    /// <param name="cancellationToken">Gives up before it begins.</param>
    public static Task WriteAsync<T>(
        SqliteDatabase database,
        string insert,
        string[] columns,
        IReadOnlyList<T> rows,
        Action<T, SqliteParameter[]> values,
        CancellationToken cancellationToken
    ) =>
        database.RunAsync(
            connection =>
            {
                using var transaction = connection.BeginTransaction();
                using var command = connection.CreateCommand();
                (command.Transaction, command.CommandText) = (transaction, insert);
                SqliteParameter[] parameters = [.. columns.Select(column => new SqliteParameter("$" + column, null))];
                command.Parameters.AddRange(parameters);
                foreach (var row in rows)
                {
                    values(row, parameters);
                    command.ExecuteNonQuery();
                }

                transaction.Commit();
                return rows.Count;
            },
            cancellationToken
        );

    /// <summary>Goes through a table from the newest row below a position, a step at a time.</summary>
    /// <param name="database">The database.</param>
    /// <param name="table">Its name.</param>
    /// <param name="below">Where to begin.</param>
    /// <param name="from">Where to end; null at the first row.</param>
    /// <param name="look">
    /// Looks at the rows of a step: those that <see cref="InStep"/> selects, with the parameters that it needs. Whether it wants more.
    /// </param>
    /// <param name="cancellationToken">Gives up between steps.</param>
    public static async Task WalkAsync(
        SqliteDatabase database,
        string table,
        EntryPosition below,
        DateTimeOffset? from,
        Func<SqliteConnection, (string, object?)[], bool> look,
        CancellationToken cancellationToken
    )
    {
        var first = from is { } time ? EntryPosition.MicrosecondsOf(time) : long.MinValue;
        for (EntryPosition? next = below; next is { } upper; )
        {
            next = await database.RunAsync(
                connection =>
                {
                    var lower = Lower(connection, table, upper, first);
                    var wantsMore = look(
                        connection,
                        [
                            ("$upper", upper.Microseconds),
                            ("$upperSeq", upper.Sequence),
                            ("$lower", lower?.Microseconds ?? first),
                            ("$lowerSeq", lower?.Sequence ?? long.MinValue),
                        ]
                    );
                    return wantsMore ? lower : null;
                },
                cancellationToken
            );
        }
    }

    /// <summary>The rows of a step.</summary>
    public const string InStep = "(at, seq) < ($upper, $upperSeq) AND (at, seq) >= ($lower, $lowerSeq)";

    /// <summary>Deletes what is older, the oldest first.</summary>
    public static async Task DropAsync(SqliteDatabase database, string table, DateTimeOffset before, CancellationToken cancellationToken)
    {
        int deleted;
        do
        {
            deleted = await database.RunAsync(
                connection =>
                {
                    using var command = connection.Command(
                        $"""
                        DELETE FROM {table} WHERE at < min($before, coalesce(
                            (SELECT at + 1 FROM {table} ORDER BY at, seq LIMIT 1 OFFSET {Step - 1}), $before))
                        """,
                        ("$before", EntryPosition.MicrosecondsOf(before))
                    );
                    return command.ExecuteNonQuery();
                },
                cancellationToken
            );
        } while (deleted >= Step);
    }

    // The oldest row of the step; null when the rows left are fewer.
    private static EntryPosition? Lower(SqliteConnection connection, string table, EntryPosition upper, long first)
    {
        using var command = connection.Command(
            $"""
            SELECT at, seq FROM {table} WHERE (at, seq) < ($upper, $upperSeq) AND at >= $first
            ORDER BY at DESC, seq DESC LIMIT 1 OFFSET {Step - 1}
            """,
            ("$upper", upper.Microseconds),
            ("$upperSeq", upper.Sequence),
            ("$first", first)
        );
        using var reader = command.ExecuteReader();
        return reader.Read() ? new EntryPosition(reader.GetInt64(0), reader.GetInt64(1)) : null;
    }
}
