using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orleans.Runtime;
using Orleans.Storage;
using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Api.Ops;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Grains.Storage;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Silo.Storage;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Storage;

/// <summary>
/// The promises of <see cref="IRecordStore{TRecord}"/> and of the migrations, kept by grain storage on a real PostgreSQL.
/// </summary>
public sealed class PostgresStorageTests
{
    private static readonly TimeSpan WithinTenSeconds = TimeSpan.FromSeconds(10);
    private static readonly SessionRecord Record = new() { AccountId = "42", Username = "alice" };

    [PostgresFact]
    public async Task A_record_is_what_its_versions_say_it_is()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync("records");
        await using var silo = await StartSiloAsync(database);
        var (one, other) = (Store(silo), Store(silo));

        Assert.Null(await one.LoadAsync("42", CancellationToken.None));
        var first = await one.TrySaveAsync("42", Record, null, CancellationToken.None);
        Assert.NotNull(first);
        Assert.Null(await other.TrySaveAsync("42", Record, null, CancellationToken.None)); // it believed there was none
        var read = await other.LoadAsync("42", CancellationToken.None);
        Assert.Equal(("alice", first), (read!.Record.Username, read.Version));
        var second = await other.TrySaveAsync("42", Record with { Username = "bob" }, first, CancellationToken.None);
        Assert.NotNull(second);
        Assert.Null(await one.TrySaveAsync("42", Record, first, CancellationToken.None)); // overtaken
        Assert.False(await one.TryDeleteAsync("42", first!, CancellationToken.None));
        Assert.Equal("bob", (await one.LoadAsync("42", CancellationToken.None))!.Record.Username);
        Assert.True(await one.TryDeleteAsync("42", second!, CancellationToken.None));
        Assert.Null(await other.LoadAsync("42", CancellationToken.None));
        var third = await one.TrySaveAsync("42", Record, null, CancellationToken.None);
        Assert.NotNull(third);

        await server.StopAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => one.LoadAsync("42", CancellationToken.None));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => one.TrySaveAsync("42", Record, third, CancellationToken.None));
        await Eventually.TrueAsync("it is not ready", WithinTenSeconds, async () =>
            (await silo.Http.GetAsync("/healthz/ready")).StatusCode is System.Net.HttpStatusCode.ServiceUnavailable
        );
        Assert.Equal(System.Net.HttpStatusCode.OK, (await silo.Http.GetAsync("/healthz/live")).StatusCode);

        await server.StartAgainAsync();
        await Eventually.TrueAsync("the store answers", WithinTenSeconds, () => AnswersAsync(one));
        Assert.Equal("alice", (await one.LoadAsync("42", CancellationToken.None))!.Record.Username);
    }

    /// <summary>The kind of outage that hundreds of callers' own attempts to connect would prolong.</summary>
    [PostgresTheory]
    [InlineData("")]
    [InlineData(";Timeout=3")]
    [InlineData(";Timeout=15;Maximum Pool Size=50")]
    public async Task A_database_that_stands_still_is_probed_by_one_and_back_for_all_at_once(string settings)
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync("frozen");
        await using var silo = await StartSiloAsync(database + settings);
        var store = Store(silo);
        Assert.Null(await store.LoadAsync("42", CancellationToken.None));

        server.Freeze();
        Task<bool>[] waiting = [.. Enumerable.Range(0, 200).Select(_ => AnswersAsync(store))];
        await Eventually.TrueAsync("the circuit is open", TimeSpan.FromSeconds(60), async () =>
        {
            var started = TimeProvider.System.GetTimestamp();
            return !await AnswersAsync(store) && TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromMilliseconds(100);
        });
        server.Thaw();

        var took = await Eventually.TrueAsync("the store answers", WithinTenSeconds, () => AnswersAsync(store));
        await Task.WhenAll(waiting);
        Assert.DoesNotContain(false, await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => AnswersAsync(store))));
        Assert.InRange(took, TimeSpan.Zero, WithinTenSeconds);
    }

    [PostgresFact]
    public async Task A_silo_whose_clock_is_off_does_not_join_and_is_told_what_to_do()
    {
        await using var server = await PostgresServer.StartAsync();
        var cluster = new ClusterOptions { Database = await server.CreateDatabaseAsync("clocks") };
        await Migrations.ApplyAsync(cluster.Database);
        await FutureSilos.RefuseToJoinAsync(cluster, TimeProvider.System);

        foreach (var (minutes, words) in new[] { (10, "s ahead of the database's"), (-10, "s behind the database's") })
        {
            var clock = new ManualClock(TimeProvider.System.GetUtcNow().AddMinutes(minutes));
            var refused = await Assert.ThrowsAsync<StartupException>(() => FutureSilos.RefuseToJoinAsync(cluster, clock));
            Assert.Contains(words, refused.Message, StringComparison.Ordinal);
            Assert.Contains("NTP", refused.Message, StringComparison.Ordinal);
        }
    }

    [PostgresFact]
    public async Task A_silo_from_the_future_is_named_at_the_start_and_the_command_removes_it_and_no_other()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync("future");
        await using (await StartSiloAsync(database)) { }
        await ExecuteAsync(
            database,
            """
            INSERT INTO cluster_silo (deployment_id, address, port, generation, silo_name, host_name, status, proxy_port, start_time, i_am_alive_time)
            SELECT deployment_id, address, port, extract(epoch FROM now() - timestamptz '2022-01-01Z') + 600, 'ahead', 'host', 6, 0, now(), now()
            FROM cluster_silo
            """
        );

        var refused = await Assert.ThrowsAsync<StartupException>(() => StartSiloAsync(database));
        Assert.Contains("silos from the future (127.0.0.1:11111)", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Silo membership heal", refused.Message, StringComparison.Ordinal);
        string[] command = ["membership", "heal", $"--Cluster:Database={database}"];
        Assert.Equal(0, await CommandLine.RunAsync(command, "", _ => throw new InvalidOperationException(), FutureSilos.CreateCommand));
        Assert.Equal(1L, await ExecuteAsync(database, "SELECT count(*) FROM cluster_silo"));

        await using var silo = await StartSiloAsync(database);
        await ProxyHost.ReadAsync(await (await silo.SignInAsync("alice")).Http.GetAsync("/v1/session"));
    }

    [PostgresFact]
    public async Task Migrations_are_applied_once_however_many_processes_apply_them_and_a_newer_schema_is_refused_unless_it_is_usable()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync("migrations");
        var refused = await Assert.ThrowsAsync<StartupException>(() => Migrations.RequireAsync(database, migrate: false, TimeSpan.Zero));
        Assert.Contains("no schema yet", refused.Message, StringComparison.Ordinal);

        var applied = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Migrations.ApplyAsync(database)));

        Assert.Equal(Migrations.Newest, applied.Sum());
        Assert.Equal(0, await Migrations.ApplyAsync(database));
        await Migrations.RequireAsync(database, migrate: false, TimeSpan.Zero);

        // A release that is taken back: its migration has left a schema that this version can use too.
        var next = Migrations.Newest + 1;
        await ExecuteAsync(database, $"INSERT INTO schema_version (version, usable_from) VALUES ({next}, {Migrations.Newest})");
        await Migrations.RequireAsync(database, migrate: true, TimeSpan.Zero);
        await ExecuteAsync(database, $"UPDATE schema_version SET usable_from = {next} WHERE version = {next}");
        var newer = await Assert.ThrowsAsync<StartupException>(() => Migrations.RequireAsync(database, migrate: true, TimeSpan.Zero));
        Assert.Contains("Start the newer version", newer.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Keyed_writes_whose_time_is_over_are_forgotten_and_nothing_else_is()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync("keys");
        await using var silo = await StartSiloAsync(database);
        var keys = new GrainRecordStore<IdempotencyRecord>(
            silo.Services.GetRequiredKeyedService<IGrainStorage>(GrainStorageNames.KeyedWrites),
            GrainType.Create("user-session"),
            GrainStorageNames.KeyedWrites
        );
        var row = new IdempotencyRecord
        {
            Fingerprint = "f",
            CreatedAt = DateTimeOffset.UnixEpoch,
            SentAt = DateTimeOffset.UnixEpoch,
            Owner = "o",
        };
        foreach (var key in (string[])["42/old", "42/young"])
            Assert.NotNull(await keys.TrySaveAsync(key, row, null, CancellationToken.None));
        await Store(silo).TrySaveAsync("42", Record, null, CancellationToken.None);
        await using (var connection = new NpgsqlConnection(database))
        {
            await connection.OpenAsync();
            await using var age = new NpgsqlCommand(
                "UPDATE grain_state SET modified_at = now() - interval '25 hours' WHERE id_text NOT LIKE '%young'",
                connection
            );
            await age.ExecuteNonQueryAsync();
        }

        Assert.Equal(
            1,
            await new PostgresKeyedWrites(silo.Services.GetRequiredService<ClusterDatabase>(), "otp").DeleteExpiredAsync(
                TimeSpan.FromHours(24),
                DateTimeOffset.UnixEpoch,
                CancellationToken.None
            )
        );

        Assert.Null(await keys.LoadAsync("42/old", CancellationToken.None));
        Assert.NotNull(await keys.LoadAsync("42/young", CancellationToken.None));
        Assert.NotNull(await Store(silo).LoadAsync("42", CancellationToken.None));
    }

    [PostgresFact]
    public async Task An_account_is_found_page_by_page_and_erased_with_all_its_rows_and_no_others()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync("accounts");
        await using var silo = await StartSiloAsync(database);
        SignedIn[] everybody = [await silo.SignInAsync("alice"), await silo.SignInAsync("bob"), await silo.SignInAsync("carol")];
        foreach (var session in everybody)
        {
            var write = new HttpRequestMessage(HttpMethod.Post, "/v1/tweets") { Content = JsonContent.Create(new { text = "once" }) };
            write.Headers.Add("Idempotency-Key", "key");
            await ProxyHost.ReadAsync(await session.Http.SendAsync(write));
            await session.Http.BeginAsync(100_000);
        }

        var rows = silo.Services.GetRequiredService<IAccountRows>();
        string[] old = ["12", "783214", "9999999999999999"]; // accounts of X's early years: Orleans stores such keys as numbers
        foreach (var account in old)
            await Store(silo).TrySaveAsync(account, Record with { AccountId = account }, null, CancellationToken.None);
        Assert.Equal(
            everybody.Select(session => session.AccountId).Concat(old).Order(StringComparer.Ordinal),
            (await PagesAsync(rows, ofSize: 2)).Order(StringComparer.Ordinal)
        );

        var records = silo.Services.GetRequiredService<IAccountRecords>(); // as a front end alone reads them
        List<AccountRow> read = [];
        while (await records.ReadAsync(read.LastOrDefault()?.AccountId, 2, CancellationToken.None) is { Count: > 0 } page)
            read.AddRange(page);
        Assert.Equal(await PagesAsync(rows, ofSize: 2), read.Select(row => row.AccountId));
        Assert.All(read, row => Assert.Equal(row.AccountId, row.Record?.AccountId));
        foreach (var account in (string[])[.. old, everybody[1].AccountId])
            Assert.Equal(account, (await records.FindAsync(account, CancellationToken.None))?.Record?.AccountId);
        Assert.Null(await records.FindAsync("13", CancellationToken.None));

        var erase = new HttpRequestMessage(HttpMethod.Delete, $"/v1/ops/accounts/{everybody[0].AccountId}");
        erase.Headers.Add("X-Admin-Key", OpsOptions.DevelopmentKey);
        var erased = await ProxyHost.ReadAsync(await silo.Http.SendAsync(erase));

        Assert.Equal(
            (1, 1, 1, true),
            (
                erased.GetProperty("sessions_ended").GetInt32(),
                erased.GetProperty("keyed_writes_deleted").GetInt32(),
                erased.GetProperty("uploads_deleted").GetInt32(),
                erased.GetProperty("revoked_at_x").GetBoolean()
            )
        );
        Assert.Equal(0, await silo.Sandbox.LiveAccessTokensAsync());
        Assert.DoesNotContain(everybody[0].AccountId, await PagesAsync(rows, ofSize: 500));
        Assert.Equal(0, await rows.DeleteKeyedWritesAsync(everybody[0].AccountId, CancellationToken.None));
        Assert.Empty(await rows.FindUploadsAsync(everybody[0].AccountId, CancellationToken.None));
        Assert.Single(await rows.FindUploadsAsync(everybody[1].AccountId, CancellationToken.None));
        await ProxyHost.ReadAsync(await everybody[1].Http.GetAsync("/v1/session"));
        Assert.Equal(1, await rows.DeleteKeyedWritesAsync(everybody[1].AccountId, CancellationToken.None));
    }

    [PostgresFact]
    public async Task Sessions_that_expired_while_no_silo_ran_are_cleaned_up_at_the_next_start()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync("expired");
        var clock = new ManualClock();
        await using var sandbox = await SandboxServer.StartAsync(new() { Url = "http://127.0.0.1:0" }, clock);
        var accounts = new Dictionary<string, string>();
        foreach (var user in (string[])["alice", "bob"])
        {
            await using var before = await StartSiloAsync(database, sandbox, clock);
            accounts[user] = (await before.SignInAsync(user)).AccountId;
            clock.Advance(TimeSpan.FromDays(15));
        }

        await using var silo = await StartSiloAsync(database, sandbox, clock);

        await Eventually.TrueAsync("alice's record is deleted", TimeSpan.FromSeconds(30), async () =>
            await Store(silo).LoadAsync(accounts["alice"], CancellationToken.None) is null
        );
        Assert.Equal(2, sandbox.Counters.Responses("POST /2/oauth2/revoke", 200));
        Assert.NotNull(await Store(silo).LoadAsync(accounts["bob"], CancellationToken.None));
    }

    private static async Task<bool> AnswersAsync(GrainRecordStore<SessionRecord> store)
    {
        try
        {
            await store.LoadAsync("42", CancellationToken.None);
            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    private static async Task<object?> ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private static async Task<List<string>> PagesAsync(IAccountRows rows, int ofSize)
    {
        List<string> all = [];
        while (await rows.ListAsync(all.LastOrDefault(), ofSize, CancellationToken.None) is { Count: > 0 } page)
            all.AddRange(page);
        return all;
    }

    private static GrainRecordStore<SessionRecord> Store(ProxyHost silo) =>
        new(
            silo.Services.GetRequiredKeyedService<IGrainStorage>(GrainStorageNames.Sessions),
            GrainType.Create("user-session"),
            GrainStorageNames.Sessions
        );

    private static Task<ProxyHost> StartSiloAsync(string database, SandboxServer? sandbox = null, ManualClock? clock = null) =>
        ProxyHost.StartAsync(
            new()
            {
                Sandbox = sandbox,
                Clock = clock,
                Settings = new Dictionary<string, string>
                {
                    ["Cluster:Database"] = database,
                    ["Cluster:MigrateAtStart"] = "true",
                    ["Cluster:AdvertisedAddress"] = "127.0.0.1",
                },
            }
        );
}
