using Orleans.Storage;
using OrleansTwitterProxy.Grains.Storage;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>
/// Grain storage in SQLite: one table per provider and one row per grain, with the record's JSON and a version that every save increments.
/// Orleans' own ADO.NET provider supports SQLite too, but blocks the caller's thread.
/// </summary>
/// <param name="database">The database.</param>
/// <param name="provider">One of <see cref="GrainStorageNames"/>.</param>
internal sealed class SqliteGrainStorage(SqliteDatabase database, string provider) : IGrainStorage
{
    private readonly string _table = provider.Replace('-', '_');

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        database.RunAsync(
            connection =>
            {
                var (key, state) = (grainId.Key.ToString()!, RecordOf(grainState));
                using var command = connection.Command($"SELECT version, record FROM {_table} WHERE key = $key", ("$key", key));
                using var reader = command.ExecuteReader();
                var exists = reader.Read();
                (state.RecordExists, state.ETag) = (exists, exists ? SqliteCommands.ETag(reader.GetInt64(0)) : null);
                state.State = new() { Json = exists ? reader.GetString(1) : null };
                return exists;
            },
            CancellationToken.None
        );

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        database.RunAsync(
            connection =>
            {
                var (key, state) = (grainId.Key.ToString()!, RecordOf(grainState));
                // The first version is random, so that a record that was deleted and created again is not mistaken for the old one.
                using var command = state.ETag is null
                    ? connection.Command(
                        $"INSERT INTO {_table} (key, version, record) VALUES ($key, abs(random() / 2), $record) ON CONFLICT DO NOTHING RETURNING version",
                        ("$key", key)
                    )
                    : connection.Command(
                        $"UPDATE {_table} SET version = version + 1, record = $record WHERE key = $key AND version = $version RETURNING version",
                        ("$key", key)
                    );
                command.Parameters.AddWithValue("$record", state.State!.Json);
                if (state.ETag is { } expected)
                    command.Parameters.AddWithValue("$version", SqliteCommands.Version(expected));
                if (command.ExecuteScalar() is not long version)
                    throw Conflict(state);
                (state.ETag, state.RecordExists) = (SqliteCommands.ETag(version), true);
                return version;
            },
            CancellationToken.None
        );

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        database.RunAsync(
            connection =>
            {
                var state = RecordOf(grainState);
                using var command = connection.Command(
                    $"DELETE FROM {_table} WHERE key = $key AND version = $version",
                    ("$key", grainId.Key.ToString()),
                    ("$version", SqliteCommands.Version(state.ETag!))
                );
                if (command.ExecuteNonQuery() == 0)
                    throw Conflict(state);
                (state.ETag, state.RecordExists) = (null, false);
                return true;
            },
            CancellationToken.None
        );

    // Every grain of the proxy stores its record as JSON.
    private static IGrainState<RecordState> RecordOf<T>(IGrainState<T> state) =>
        state as IGrainState<RecordState> ?? throw new NotSupportedException($"{typeof(T)} is not a record of a grain.");

    private static InconsistentStateException Conflict(IGrainState<RecordState> state) =>
        new("Another activation has written the record.", storedEtag: "", state.ETag ?? "");
}
