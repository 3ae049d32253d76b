using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using OrleansTwitterProxy.Api.Activities;
using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Silo.Storage;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Storage;

/// <summary>Activity and audit in a real PostgreSQL: the same promises as in SQLite, and what several processes must not do.</summary>
public sealed class PostgresEntriesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [PostgresFact]
    public async Task Calls_and_events_are_found_kept_and_dropped_as_in_SQLite()
    {
        await using var server = await PostgresServer.StartAsync();
        await using (var found = await OpenAsync(server, "found"))
            await EntriesContract.FindsAsync(new PostgresActivity(found, "otp"));
        await using (var dropped = await OpenAsync(server, "dropped"))
            await EntriesContract.DropsAsync(new PostgresActivity(dropped, "otp"));
        await using var kept = await OpenAsync(server, "kept");
        await EntriesContract.KeepsAsync(new PostgresAudit(kept, "otp"));
        Assert.Empty(await new PostgresAudit(kept, "another").ReadAsync(new(), 10, CancellationToken.None));
    }

    [PostgresFact]
    public async Task Many_processes_make_the_partitions_of_new_days_at_once()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var database = await OpenAsync(server, "partitions");
        PostgresActivity[] processes = [.. Enumerable.Range(0, 8).Select(_ => new PostgresActivity(database, "otp"))];

        await Task.WhenAll(processes.Select((process, i) => process.WriteAsync([Call(i, i % 3)], CancellationToken.None)));
        await Task.WhenAll(processes.Select(process => process.MaintainAsync(Noon, TimeSpan.FromDays(30), CancellationToken.None)));

        Assert.Equal(8, (await processes[0].ReadAsync(new(), 100, CancellationToken.None)).Count);
    }

    [PostgresFact]
    public async Task A_row_of_the_audit_can_neither_be_changed_nor_deleted()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var database = await OpenAsync(server, "append");
        var audit = new PostgresAudit(database, "otp");
        var entry = new AuditEntry { Action = AuditActions.SignedIn, Position = EntryPosition.Of(Noon, 1) };
        await audit.WriteAsync([entry], CancellationToken.None);

        foreach (var sql in (string[])["UPDATE audit SET action = 'nothing'", "DELETE FROM audit"])
        {
            var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => ExecuteAsync(database, sql));
            Assert.Contains("append-only", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal([entry], await audit.ReadAsync(new(), 10, CancellationToken.None));
    }

    [PostgresFact]
    public async Task While_the_database_is_away_nothing_is_written_and_the_audit_is_stored_when_it_is_back()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var database = await OpenAsync(server, "away");
        var rows = new PostgresAudit(database, "otp");
        using var log = new AuditLog(rows, new ManualClock());
        await rows.MaintainAsync(Noon, TimeSpan.FromDays(400), CancellationToken.None);
        await server.StopAsync();

        await Assert.ThrowsAsync<StoreUnavailableException>(() =>
            log.RecordAsync(new() { Action = AuditActions.EraseAccount }, CancellationToken.None)
        );
        log.Note(new() { Action = AuditActions.SignedIn });
        Assert.False(await log.FlushAsync(CancellationToken.None));

        await server.StartAgainAsync();
        await Eventually.TrueAsync("the audit is stored", TimeSpan.FromSeconds(10), () => log.FlushAsync(CancellationToken.None));
        Assert.Equal(AuditActions.SignedIn, Assert.Single(await rows.ReadAsync(new(), 10, CancellationToken.None)).Action);
    }

    private static ActivityEntry Call(int i, int day) =>
        new()
        {
            Position = EntryPosition.Of(Noon.AddDays(day), i),
            ClientId = "app",
            Endpoint = "GET /2/users/me",
            Status = 200,
            Outcome = ActivityEntry.Answered,
            Duration = TimeSpan.Zero,
        };

    private static async Task<ClusterDatabase> OpenAsync(PostgresServer server, string name)
    {
        var connection = await server.CreateDatabaseAsync(name);
        await Migrations.ApplyAsync(connection);
        return ActivatorUtilities.CreateInstance<ClusterDatabase>(
            new ServiceCollection().AddMetrics().AddLogging().AddSingleton<Core.Telemetry.ProxyMetrics>().BuildServiceProvider(),
            connection,
            TimeProvider.System
        );
    }

    private static Task<int> ExecuteAsync(ClusterDatabase database, string sql) =>
        database.QueryAsync(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand(sql, connection);
                return await command.ExecuteNonQueryAsync(token);
            },
            CancellationToken.None
        );
}
