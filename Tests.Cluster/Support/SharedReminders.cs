using System.Globalization;
using Orleans;
using Orleans.Runtime;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>
/// Reminders that outlive the silos of this process. A silo that takes over those of another has the revocations' come at once and often,
/// where Orleans would have a test wait for a minute.
/// </summary>
internal sealed class SharedReminders : IReminderTable
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private readonly Dictionary<(GrainId Id, string Name), ReminderEntry> _rows = [];
    private long _etags;

    /// <summary>Whether the silo that registers such a reminder is given it at once and often, too.</summary>
    public bool FromTheStart { get; init; }

    public int CountOf(string grainType, string name)
    {
        lock (_lock)
            return _rows.Keys.Count(key => key.Name == name && key.Id.Type.ToString() == grainType);
    }

    public Task<ReminderTableData> ReadRows(GrainId grainId)
    {
        lock (_lock)
            return Task.FromResult(new ReminderTableData(_rows.Values.Where(row => row.GrainId == grainId).ToList()));
    }

    public Task<ReminderTableData> ReadRows(uint begin, uint end)
    {
        lock (_lock)
            return Task.FromResult(
                new ReminderTableData(_rows.Values.Where(row => IsIn(row.GrainId.GetUniformHashCode(), begin, end)).ToList())
            );
    }

    public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName)
    {
        lock (_lock)
            return Task.FromResult(_rows.GetValueOrDefault((grainId, reminderName)));
    }

    public Task<string?> UpsertRow(ReminderEntry entry)
    {
        lock (_lock)
        {
            var etag = (++_etags).ToString(CultureInfo.InvariantCulture);
            var hurried = entry.ReminderName == "revocation";
            if (hurried && FromTheStart)
                (entry.StartAt, entry.Period) = (TimeProvider.System.GetUtcNow().UtcDateTime, Often);
            _rows[(entry.GrainId, entry.ReminderName)] = new()
            {
                GrainId = entry.GrainId,
                ReminderName = entry.ReminderName,
                StartAt = hurried ? TimeProvider.System.GetUtcNow().UtcDateTime : entry.StartAt,
                Period = hurried ? Often : entry.Period,
                ETag = etag,
            };
            return Task.FromResult<string?>(etag);
        }
    }

    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag)
    {
        lock (_lock)
            return Task.FromResult(
                _rows.TryGetValue((grainId, reminderName), out var row) && row.ETag == eTag && _rows.Remove((grainId, reminderName))
            );
    }

    public Task TestOnlyClearTable() => Task.CompletedTask;

    private static bool IsIn(uint hash, uint begin, uint end) => begin < end ? hash > begin && hash <= end : hash > begin || hash <= end;
}
