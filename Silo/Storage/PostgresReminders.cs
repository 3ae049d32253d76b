using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>
/// Reminders in PostgreSQL: Orleans' own table, behind the database's circuit. Its callers are the reminder services of all silos, and
/// between silos only the framework's exceptions travel: a failure is an <see cref="IOException"/>.
/// </summary>
internal sealed class PostgresReminders(IReminderTable table, ClusterDatabase database) : IReminderTable
{
    public Task StartAsync(CancellationToken cancellationToken = default) => table.StartAsync(cancellationToken);

    public Task<ReminderTableData> ReadRows(GrainId grainId) => RunAsync(() => table.ReadRows(grainId));

    public Task<ReminderTableData> ReadRows(uint begin, uint end) => RunAsync(() => table.ReadRows(begin, end));

    public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) => RunAsync(() => table.ReadRow(grainId, reminderName));

    public Task<string?> UpsertRow(ReminderEntry entry) => RunAsync(() => table.UpsertRow(entry));

    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) =>
        RunAsync(() => table.RemoveRow(grainId, reminderName, eTag));

    public Task TestOnlyClearTable() => table.TestOnlyClearTable();

    public Task StopAsync(CancellationToken cancellationToken = default) => table.StopAsync(cancellationToken);

    private async Task<T> RunAsync<T>(Func<Task<T>> operation)
    {
        try
        {
            return await database.RunAsync(_ => operation(), CancellationToken.None);
        }
        catch (Exception e) when (e is StoreUnavailableException or System.Data.Common.DbException)
        {
            throw new IOException(e.Message);
        }
    }
}
