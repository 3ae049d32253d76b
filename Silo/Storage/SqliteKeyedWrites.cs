using System.Globalization;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>Keyed writes in SQLite; the sweep uses an index on their age.</summary>
internal sealed class SqliteKeyedWrites(SqliteDatabase database) : IKeyedWriteRows
{
    public Task<int> DeleteExpiredAsync(TimeSpan keepFor, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.RunAsync(
            connection =>
            {
                // As text, so that the index is used: all instants in records have the same format and are in UTC.
                var before = (now - keepFor).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
                using var command = connection.Command(
                    "DELETE FROM keyed_writes WHERE record ->> '$.createdAt' < $before",
                    ("$before", before)
                );
                return command.ExecuteNonQuery();
            },
            cancellationToken
        );
}
