using System.Diagnostics.Metrics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Silo.Storage;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Activities;

/// <summary>Activity and audit in a real SQLite file.</summary>
public sealed class SqliteEntriesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SqliteDatabase _database;

    public SqliteEntriesTests() =>
        _database = new(
            Path.Combine(_folder.Path, "proxy.db"),
            new(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>()),
            NullLogger<SqliteDatabase>.Instance
        );

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public Task Calls_are_found_by_every_filter_page_by_page_and_summed_up() => EntriesContract.FindsAsync(new SqliteActivity(_database));

    [Fact]
    public Task Calls_whose_time_is_over_are_dropped_and_no_others() => EntriesContract.DropsAsync(new SqliteActivity(_database));

    [Fact]
    public Task The_audit_keeps_each_entry_once_until_its_time_is_over() => EntriesContract.KeepsAsync(new SqliteAudit(_database));

    [Fact]
    public async Task More_rows_than_one_step_goes_through_are_read_summed_up_and_dropped()
    {
        var rows = new SqliteActivity(_database);
        var start = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        for (var batch = 0; batch < 25; batch++)
            await rows.WriteAsync([.. Enumerable.Range(batch * 1000, 1000).Select(i => Entry(start, i))], CancellationToken.None);

        var oldest = await rows.ReadAsync(new() { ClientId = "rare" }, 10, CancellationToken.None);
        var usage = await rows.SumAsync(UsageKey.Client, new(), 10, CancellationToken.None);
        await rows.MaintainAsync(start.AddHours(1).AddSeconds(24_000), TimeSpan.FromHours(1), CancellationToken.None);

        Assert.Equal(3, Assert.Single(oldest).Position.Sequence);
        Assert.Equal([("app", 24_999L), ("rare", 1L)], usage.Select(sum => (sum.Key!, sum.Calls)));
        Assert.Equal(1000, (await rows.SumAsync(UsageKey.Client, new(), 10, CancellationToken.None)).Sum(sum => sum.Calls));

        static ActivityEntry Entry(DateTimeOffset start, int i) =>
            new()
            {
                Position = EntryPosition.Of(start.AddSeconds(i), i),
                ClientId = i == 3 ? "rare" : "app",
                Endpoint = "GET /2/users/me",
                Status = 200,
                Outcome = ActivityEntry.Answered,
                Duration = TimeSpan.Zero,
            };
    }

    [Fact]
    public async Task A_row_of_the_audit_cannot_be_changed()
    {
        await new SqliteAudit(_database).WriteAsync([new() { Action = AuditActions.SignedIn }], CancellationToken.None);

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => ExecuteAsync("UPDATE audit SET operator = 'nobody'"));

        Assert.Contains("append-only", refused.InnerException!.Message, StringComparison.Ordinal);
    }

    private Task<int> ExecuteAsync(string sql) =>
        _database.RunAsync(
            (SqliteConnection connection) =>
            {
                using var command = connection.CreateCommand();
                command.CommandText = sql;
                return command.ExecuteNonQuery();
            },
            CancellationToken.None
        );
}
