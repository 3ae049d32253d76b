using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orleans.Runtime;
using Orleans.Storage;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Grains.Storage;
using OrleansTwitterProxy.Silo.Storage;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Storage;

/// <summary>
/// The promises of <see cref="IRecordStore{TRecord}"/> and of the migrations, kept by grain storage on a real PostgreSQL.
/// </summary>
public sealed class PostgresStorageTests
{
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
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, (await silo.Http.GetAsync("/healthz/ready")).StatusCode);
        Assert.Equal(System.Net.HttpStatusCode.OK, (await silo.Http.GetAsync("/healthz/live")).StatusCode);

        await server.StartAgainAsync();
        Assert.Equal("alice", (await one.LoadAsync("42", CancellationToken.None))!.Record.Username);
    }

    [PostgresFact]
    public async Task Migrations_are_applied_once_however_many_processes_apply_them_and_a_newer_schema_is_refused()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync("migrations");
        var refused = await Assert.ThrowsAsync<StartupException>(() => Migrations.RequireAsync(database, migrate: false, TimeSpan.Zero));
        Assert.Contains("no schema yet", refused.Message, StringComparison.Ordinal);

        var applied = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Migrations.ApplyAsync(database)));

        Assert.Equal(Migrations.Newest, applied.Sum());
        Assert.Equal(0, await Migrations.ApplyAsync(database));
        await Migrations.RequireAsync(database, migrate: false, TimeSpan.Zero);
        await using (var connection = new NpgsqlConnection(database))
        {
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(
                $"INSERT INTO schema_version (version) VALUES ({Migrations.Newest + 1})",
                connection
            );
            await command.ExecuteNonQueryAsync();
        }

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
            await new PostgresKeyedWrites(database, "otp").DeleteExpiredAsync(
                TimeSpan.FromHours(24),
                DateTimeOffset.UnixEpoch,
                CancellationToken.None
            )
        );

        Assert.Null(await keys.LoadAsync("42/old", CancellationToken.None));
        Assert.NotNull(await keys.LoadAsync("42/young", CancellationToken.None));
        Assert.NotNull(await Store(silo).LoadAsync("42", CancellationToken.None));
    }

    private static GrainRecordStore<SessionRecord> Store(ProxyHost silo) =>
        new(
            silo.Services.GetRequiredKeyedService<IGrainStorage>(GrainStorageNames.Sessions),
            GrainType.Create("user-session"),
            GrainStorageNames.Sessions
        );

    private static Task<ProxyHost> StartSiloAsync(string database) =>
        ProxyHost.StartAsync(
            new()
            {
                Settings = new Dictionary<string, string>
                {
                    ["Cluster:Database"] = database,
                    ["Cluster:MigrateAtStart"] = "true",
                    ["Cluster:AdvertisedAddress"] = "127.0.0.1",
                },
            }
        );
}
