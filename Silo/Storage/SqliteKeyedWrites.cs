using System.Globalization;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>Keyed writes in SQLite; the sweep goes by an index on their age.</summary>
internal sealed class SqliteKeyedWrites(SqliteDatabase database) : IKeyedWriteRows
{
    public Task<int> DeleteExpiredAsync(TimeSpan keepFor, DateTimeOffset now, CancellationToken cancellationToken) => database.RunAsync(
        connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = "DELETE FROM keyed_writes WHERE record ->> '$.createdAt' < $before";
            // As text, so that the index serves: records have all instants in one form, and in UTC.
            command.Parameters.AddWithValue("$before", (now - keepFor).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture));
            return command.ExecuteNonQuery();
        },
        cancellationToken);
}
