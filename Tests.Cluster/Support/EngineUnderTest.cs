using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using Orleans.TestingHost;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Engine;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Grains.Engine;
using OrleansTwitterProxy.Silo.Hosting;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>
/// The engine under test is here Orleans: a silo with the front end in the same process. What a cluster keeps in PostgreSQL lies in objects
/// of this process that outlive the silo, one set per data folder: a proxy started again on the folder finds what it left, as on SQLite.
/// </summary>
internal static class EngineUnderTest
{
    private const string SessionGrain = "user-session";
    private const string UploadGrain = "media-upload";

    private static readonly ConcurrentDictionary<string, KeptInMemory> Kept = new(StringComparer.Ordinal);

    public static Task<WebApplication> BuildAsync(string[] args, Action<WebApplicationBuilder> customize)
    {
        string[] cluster = [$"--Cluster:SiloPort={FreePorts.Next()}", $"--Cluster:GatewayPort={FreePorts.Next()}", "--Cluster:Dashboard=false"]; // it compresses its pages at every start
        return SiloApplication.BuildAsync([.. cluster, .. args], builder =>
        {
            // A test's clock is the one that Core and the grains' timers see. Orleans' own housekeeping (membership, messaging, directory)
            // keeps real time: on a clock that stands still a silo would neither start nor stop.
            builder.Services.UseTimeProviderForBackgroundAreas(TimeProvider.System);
            if (string.IsNullOrEmpty(builder.Configuration["Cluster:Database"])) Kept.GetOrAdd(builder.Configuration["Proxy:DataPath"]!, _ => new()).AddTo(builder.Services);
            customize(builder);
        });
    }

    /// <summary>What the node has counted reaches the circuit's singleton, after all that was told before, and the new board comes back.</summary>
    public static async Task SettleAsync(IServiceProvider services)
    {
        var node = services.GetRequiredService<NodeCircuit>();
        node.Absorb(await services.GetRequiredService<ICircuitAuthority>().ReportAsync(node.TakeReport() ?? new([], [])));
    }

    /// <summary>What an account's reminder does: a round of care.</summary>
    public static Task CareAsync(IServiceProvider services)
    {
        var grains = services.GetRequiredService<IGrainFactory>();
        var accounts = services.GetRequiredService<SharedStorage>().Keys(GrainStorageNames.Sessions);
        return Task.WhenAll(accounts.Select(account => grains.GetGrain<IRemindable>(account).ReceiveReminder("revocation", default)));
    }

    /// <summary>What the uploads' reminders do.</summary>
    public static Task CareForUploadsAsync(IServiceProvider services)
    {
        var grains = services.GetRequiredService<IGrainFactory>();
        var uploads = services.GetRequiredService<SharedStorage>().Keys(GrainStorageNames.Uploads);
        return Task.WhenAll(uploads.Select(upload => grains.GetGrain<IRemindable>(upload).ReceiveReminder("care", default)));
    }

    /// <summary>Care is a grain timer: it stands still with the grains' clock.</summary>
    public static void WithoutCare(WebApplicationBuilder builder) => builder.Services.AddKeyedSingleton<TimeProvider>(TimeProviderNames.Grains, new ManualClock());

    public static IRecordStore<TRecord> Store<TRecord>(IServiceProvider services)
        where TRecord : class =>
        new GrainRecordStore<TRecord>(services.GetRequiredService<SharedStorage>(), GrainType.Create(NamesOf<TRecord>().GrainType), NamesOf<TRecord>().Storage);

    public static void TapStore<TRecord>(WebApplicationBuilder builder, Action<TappedStore<TRecord>>? prepare)
        where TRecord : class
    {
        builder.Services.AddSingleton(provider =>
        {
            var store = new TappedStore<TRecord>(Store<TRecord>(provider));
            prepare?.Invoke(store);
            return store;
        });
        builder.Services.AddKeyedSingleton<IGrainStorage>(
            NamesOf<TRecord>().Storage, (provider, _) => new TappedStorage<TRecord>(provider.GetRequiredService<SharedStorage>(), provider.GetRequiredService<TappedStore<TRecord>>()));
    }

    private static (string Storage, string GrainType) NamesOf<TRecord>() =>
        typeof(TRecord) == typeof(SessionRecord) ? (GrainStorageNames.Sessions, SessionGrain)
        : typeof(TRecord) == typeof(IdempotencyRecord) ? (GrainStorageNames.KeyedWrites, SessionGrain)
        : typeof(TRecord) == typeof(UploadRecord) ? (GrainStorageNames.Uploads, UploadGrain)
        : (GrainStorageNames.SignIns, "sign-in");

    private sealed class KeptInMemory
    {
        private readonly SharedStorage _storage = new();
        private readonly SharedReminders _reminders = new();
        private readonly EphemeralDataProtectionProvider _keys = new();

        public void AddTo(IServiceCollection services)
        {
            services.AddSingleton(_storage);
            services.AddSingleton<IReminderTable>(_reminders);
            services.AddSingleton<IDataProtectionProvider>(_keys);
            foreach (var name in GrainStorageNames.All) services.AddKeyedSingleton<IGrainStorage>(name, _storage);
        }
    }
}
