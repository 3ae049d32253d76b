using System.Globalization;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>
/// Reminders in SQLite. Instants are milliseconds since 1970 UTC, periods milliseconds. Nobody else ticks while this process is down: what
/// it reads at its start, it reads as due, so that work a crash has left begins at once and not a period later.
/// </summary>
internal sealed class SqliteReminders(SqliteDatabase database) : IReminderTable
{
    /// <summary>Between two reminders that are due at a start, so that many do not come all at once.</summary>
    private static readonly TimeSpan Spacing = TimeSpan.FromMilliseconds(2);

    /// <summary>How long after its start a silo may read the table for the first time; Orleans reads it more than once meanwhile.</summary>
    private static readonly TimeSpan Starting = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan FirstDue = TimeSpan.FromMilliseconds(500);

    private readonly DateTimeOffset _startedAt = TimeProvider.System.GetUtcNow(); // the clock of Orleans' reminders

    private const string Columns = "SELECT grain, name, start_at, period, version FROM reminders";

    public Task<ReminderTableData> ReadRows(GrainId grainId) =>
        ReadAsync($"{Columns} WHERE grain = $grain", static _ => true, ("$grain", grainId.ToString()));

    // One silo owns the whole ring, so this is nearly always every row.
    public async Task<ReminderTableData> ReadRows(uint begin, uint end)
    {
        var rows = await ReadAsync(Columns, grain => IsIn(grain.GetUniformHashCode(), begin, end));
        var now = TimeProvider.System.GetUtcNow();
        if (now - _startedAt > Starting)
            return rows;
        var dueAt = now.UtcDateTime + FirstDue; // ahead, for what is past already is due only a period later
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

    public Task TestOnlyClearTable() => throw new NotSupportedException("Reminders are never all forgotten.");

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

    // The ring: after begin up to and with end, and all of it where they are the same.
    private static bool IsIn(uint hash, uint begin, uint end) => begin < end ? hash > begin && hash <= end : hash > begin || hash <= end;
}
