using System.Globalization;
using Microsoft.Data.Sqlite;
using OrleansTwitterProxy.Core.Engine;

namespace OrleansTwitterProxy.Api.Standalone;

/// <summary>Records as JSON in one table of SQLite, with a version that every save raises.</summary>
public sealed class SqliteRecordStore<TRecord>(SqliteDatabase database, string table) : IRecordStore<TRecord>
    where TRecord : class
{
    public Task<Stored<TRecord>?> LoadAsync(string key, CancellationToken cancellationToken) => database.RunAsync(
        connection =>
        {
            using var command = Command(connection, $"SELECT version, record FROM {table} WHERE key = $key", key);
            using var reader = command.ExecuteReader();
            if (!reader.Read()) return null;
            return new Stored<TRecord>(RecordJson.Read<TRecord>(reader.GetString(1), key), reader.GetInt64(0).ToString(CultureInfo.InvariantCulture));
        },
        cancellationToken);

    public Task<string?> TrySaveAsync(string key, TRecord record, string? expectedVersion, CancellationToken cancellationToken) => database.RunAsync(
        connection =>
        {
            var json = RecordJson.Write(record);
            // The first version is random: one that was deleted and made anew is not taken for the old one.
            using var command = expectedVersion is null
                ? Command(connection, $"INSERT INTO {table} (key, version, record) VALUES ($key, abs(random() / 2), $record) ON CONFLICT DO NOTHING RETURNING version", key)
                : Command(connection, $"UPDATE {table} SET version = version + 1, record = $record WHERE key = $key AND version = $version RETURNING version", key);
            command.Parameters.AddWithValue("$record", json);
            if (expectedVersion is not null) command.Parameters.AddWithValue("$version", long.Parse(expectedVersion, CultureInfo.InvariantCulture));
            return command.ExecuteScalar() is long version ? version.ToString(CultureInfo.InvariantCulture) : null;
        },
        cancellationToken);

    public Task<bool> TryDeleteAsync(string key, string expectedVersion, CancellationToken cancellationToken) => database.RunAsync(
        connection =>
        {
            using var command = Command(connection, $"DELETE FROM {table} WHERE key = $key AND version = $version", key);
            command.Parameters.AddWithValue("$version", long.Parse(expectedVersion, CultureInfo.InvariantCulture));
            return command.ExecuteNonQuery() == 1;
        },
        cancellationToken);

    /// <summary>Forgets the records that match, for the sweep of the embedded engine.</summary>
    /// <param name="condition">As for <see cref="FindAsync"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<int> DeleteWhereAsync(string condition, CancellationToken cancellationToken) => database.RunAsync(
        connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = $"DELETE FROM {table} WHERE {condition}";
            return command.ExecuteNonQuery();
        },
        cancellationToken);

    /// <summary>Keys of the records that match, for the sweeps of the embedded engine.</summary>
    /// <param name="condition">SQL over <c>record</c>, a JSON text; a constant of the calling code.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<List<string>> FindAsync(string condition, CancellationToken cancellationToken) => database.RunAsync(
        connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = $"SELECT key FROM {table} WHERE {condition}";
            using var reader = command.ExecuteReader();
            List<string> keys = [];
            while (reader.Read()) keys.Add(reader.GetString(0));
            return keys;
        },
        cancellationToken);

    private static SqliteCommand Command(SqliteConnection connection, string sql, string key)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("$key", key);
        return command;
    }
}
