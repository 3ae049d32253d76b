using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using Orleans.TestingHost;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Grains.Storage;
using OrleansTwitterProxy.Silo.Hosting;
using OrleansTwitterProxy.Silo.Storage;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>A test's hands inside a running silo: its storage, its timers, and what its nodes tell each other.</summary>
internal static class SiloUnderTest
{
    private const string SessionGrain = "user-session";

    public static Task<WebApplication> BuildAsync(string[] args, Action<WebApplicationBuilder> customize) =>
        SiloApplication.BuildAsync(args, builder =>
        {
            // A test's clock is the one that Core and the grains' timers see. Orleans' own background work (membership, messaging,
            // directory) keeps real time: on a clock that stands still a silo would neither start nor stop.
            builder.Services.UseTimeProviderForBackgroundAreas(TimeProvider.System);
            customize(builder);
        });

    /// <summary>
    /// What the node has counted reaches the circuit's coordinator, after all that was told before, and the new snapshot comes back.
    /// </summary>
    public static async Task SettleAsync(IServiceProvider services)
    {
        var node = services.GetRequiredService<NodeCircuit>();
        node.Absorb(await services.GetRequiredService<ICircuitCoordinator>().ReportAsync(node.TakeReport() ?? new([], [])));
    }

    /// <summary>What the accounts' reminders do: a round of maintenance.</summary>
    public static Task MaintainAsync(IServiceProvider services) => RemindAsync(services, "sessions", SessionGrain, "revocation");

    /// <summary>What the sign-ins' reminders do.</summary>
    public static Task RemindSignInsAsync(IServiceProvider services) => RemindAsync(services, "sign_ins", "sign-in", "expiry");

    /// <summary>What the uploads' reminders do.</summary>
    public static Task MaintainUploadsAsync(IServiceProvider services) => RemindAsync(services, "uploads", "media-upload", "maintenance");

    /// <summary>Maintenance is a grain timer: it stands still with the grains' clock.</summary>
    public static void WithoutMaintenance(WebApplicationBuilder builder) =>
        builder.Services.AddKeyedSingleton<TimeProvider>(TimeProviderNames.Grains, new ManualClock());

    /// <summary>The store as another process would use it, behind the grains' backs.</summary>
    public static IRecordStore<TRecord> Store<TRecord>(IServiceProvider services)
        where TRecord : class =>
        StoreOn<TRecord>(new SqliteGrainStorage(services.GetRequiredService<SqliteDatabase>(), NamesOf<TRecord>().Storage));

    /// <summary>A store on any grain storage.</summary>
    public static IRecordStore<TRecord> StoreOn<TRecord>(IGrainStorage storage)
        where TRecord : class =>
        new GrainRecordStore<TRecord>(storage, GrainType.Create(NamesOf<TRecord>().GrainType), NamesOf<TRecord>().Storage);

    /// <summary>Puts a <see cref="TappedStore{TRecord}"/> between the grains and their storage.</summary>
    public static void TapStore<TRecord>(WebApplicationBuilder builder, Action<TappedStore<TRecord>>? prepare)
        where TRecord : class
    {
        builder.Services.AddSingleton(provider =>
        {
            var store = new TappedStore<TRecord>(Store<TRecord>(provider));
            prepare?.Invoke(store);
            return store;
        });
        builder.Services.AddKeyedSingleton<IGrainStorage>(NamesOf<TRecord>().Storage, (provider, _) =>
            new TappedStorage<TRecord>(
                new SqliteGrainStorage(provider.GetRequiredService<SqliteDatabase>(), NamesOf<TRecord>().Storage),
                provider.GetRequiredService<TappedStore<TRecord>>()
            )
        );
    }

    private static async Task RemindAsync(IServiceProvider services, string table, string grainType, string reminder)
    {
        var grains = services.GetRequiredService<IGrainFactory>();
        var keys = await services
            .GetRequiredService<SqliteDatabase>()
            .RunAsync(
                connection =>
                {
                    using var command = connection.CreateCommand();
                    command.CommandText = $"SELECT key FROM {table}";
                    using var reader = command.ExecuteReader();
                    List<string> found = [];
                    while (reader.Read())
                        found.Add(reader.GetString(0));
                    return found;
                },
                CancellationToken.None
            );
        await Task.WhenAll(
            keys.Select(key => grains.GetGrain<IRemindable>(GrainId.Create(grainType, key)).ReceiveReminder(reminder, default))
        );
    }

    private static (string Storage, string GrainType) NamesOf<TRecord>() =>
        typeof(TRecord) == typeof(SessionRecord) ? (GrainStorageNames.Sessions, SessionGrain)
        : typeof(TRecord) == typeof(IdempotencyRecord) ? (GrainStorageNames.KeyedWrites, SessionGrain)
        : typeof(TRecord) == typeof(UploadRecord) ? (GrainStorageNames.Uploads, "media-upload")
        : (GrainStorageNames.SignIns, "sign-in");
}
