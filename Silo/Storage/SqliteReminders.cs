using System.Globalization;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>
/// Reminders in SQLite. Instants are milliseconds since 1970 UTC, periods milliseconds. No other process ticks while this one is down, so
/// reminders read at its start are due at once: unfinished work then starts at once, not after a period.
/// </summary>
internal sealed class SqliteReminders(SqliteDatabase database) : IReminderTable
{
    /// <summary>Time between two reminders that are due at a start, to spread the load.</summary>
    private static readonly TimeSpan Spacing = TimeSpan.FromMilliseconds(2);

    /// <summary>
    /// Reads of the table within this time after the start count as reads at start, because Orleans reads it more than once.
    /// </summary>
    private static readonly TimeSpan Starting = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan FirstDue = TimeSpan.FromMilliseconds(500);

    private readonly DateTimeOffset _startedAt = TimeProvider.System.GetUtcNow(); // the clock of Orleans' reminders

    private const string Columns = "SELECT grain, name, start_at, period, version FROM reminders";

    public Task<ReminderTableData> ReadRows(GrainId grainId) =>
        ReadAsync($"{Columns} WHERE grain = $grain", static _ => true, ("$grain", grainId.ToString()));

    // One silo owns the whole ring, so this almost always returns every row.
    public async Task<ReminderTableData> ReadRows(uint begin, uint end)
    {
        var rows = await ReadAsync(Columns, grain => IsIn(grain.GetUniformHashCode(), begin, end));
        var now = TimeProvider.System.GetUtcNow();
        if (now - _startedAt > Starting)
            return rows;
        var dueAt = now.UtcDateTime + FirstDue; // in the future: Orleans fires a past instant only one period later
        foreach (var row in rows.Reminders)
        {
            row.StartAt = dueAt;
            dueAt += Spacing;
        }

        return rows;
    }

    public async Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) =>
        (
            await ReadAsync(
                $"{Columns} WHERE grain = $grain AND name = $name",
                static _ => true,
                ("$grain", grainId.ToString()),
                ("$name", reminderName)
            )
        ).Reminders.FirstOrDefault();

    public Task<string?> UpsertRow(ReminderEntry entry) =>
        database.RunAsync(
            connection =>
            {
                using var command = connection.Command(
                    """
                    INSERT INTO reminders (grain, name, start_at, period, version) VALUES ($grain, $name, $start, $period, abs(random() / 2))
                    ON CONFLICT (grain, name) DO UPDATE SET start_at = $start, period = $period, version = version + 1 RETURNING version
                    """,
                    ("$grain", entry.GrainId.ToString()),
                    ("$name", entry.ReminderName),
                    ("$start", new DateTimeOffset(entry.StartAt, TimeSpan.Zero).ToUnixTimeMilliseconds()),
                    ("$period", (long)entry.Period.TotalMilliseconds)
                );
                return (string?)SqliteCommands.ETag((long)command.ExecuteScalar()!);
            },
            CancellationToken.None
        );

    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) =>
        database.RunAsync(
            connection =>
            {
                using var command = connection.Command(
                    "DELETE FROM reminders WHERE grain = $grain AND name = $name AND version = $version",
                    ("$grain", grainId.ToString()),
                    ("$name", reminderName),
                    ("$version", SqliteCommands.Version(eTag))
                );
                return command.ExecuteNonQuery() == 1;
            },
            CancellationToken.None
        );

    public Task TestOnlyClearTable() => throw new NotSupportedException("Reminders cannot be cleared.");

    private Task<ReminderTableData> ReadAsync(string sql, Func<GrainId, bool> isWanted, params (string Name, object? Value)[] parameters) =>
        database.RunAsync(
            connection =>
            {
                using var command = connection.Command(sql, parameters);
                using var reader = command.ExecuteReader();
                List<ReminderEntry> entries = [];
                while (reader.Read())
                {
                    if (GrainId.Parse(reader.GetString(0), CultureInfo.InvariantCulture) is var grain && !isWanted(grain))
                        continue;
                    entries.Add(
                        new()
                        {
                            GrainId = grain,
                            ReminderName = reader.GetString(1),
                            StartAt = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(2)).UtcDateTime,
                            Period = TimeSpan.FromMilliseconds(reader.GetInt64(3)),
                            ETag = SqliteCommands.ETag(reader.GetInt64(4)),
                        }
                    );
                }

                return new ReminderTableData(entries);
            },
            CancellationToken.None
        );

    // The ring: after begin, up to and including end; the whole ring if they are equal.
    private static bool IsIn(uint hash, uint begin, uint end) => begin < end ? hash > begin && hash <= end : hash > begin || hash <= end;
}
