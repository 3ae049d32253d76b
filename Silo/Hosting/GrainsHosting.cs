using System.Net;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Dashboard;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Engine;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Grains.Circuit;
using OrleansTwitterProxy.Grains.Engine;
using OrleansTwitterProxy.Grains.Interfaces.Circuit;
using OrleansTwitterProxy.Grains.Interfaces.Clients;
using OrleansTwitterProxy.Silo.Storage;

namespace OrleansTwitterProxy.Silo.Hosting;

/// <summary>Registers Orleans: as a silo, or as the client of one.</summary>
internal static class GrainsHosting
{
    private const string Invariant = "Npgsql";

    // Above every wait within a call (five minutes in the line, a refresh as patient, X itself): a silo's death is found by probes, not by this.
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromMinutes(15);

    // From a keyed write's intent to the end of its call to X, above what X may take.
    private static readonly TimeSpan CallMargin = TimeSpan.FromSeconds(5);

    public static void AddGrains(this WebApplicationBuilder builder, ClusterOptions cluster)
    {
        builder.Services.AddCore();
        builder.Services.AddSingleton<IEngine>(provider => new GrainEngine(provider.GetRequiredService<IGrainFactory>(), cluster.Home));
        builder.Services.AddSingleton<IClientLimits>(LeasedFromGrains);
        builder.Services.AddSingleton<ICircuitAuthority>(provider => provider.GetRequiredService<IGrainFactory>().GetGrain<ICircuitBreakerGrain>(ICircuitBreakerGrain.Key));
        builder.Services.AddSingleton<NodeCircuit>();
        builder.Services.AddSingleton<ICircuit>(provider => provider.GetRequiredService<NodeCircuit>());
        builder.Services.Configure<Core.Sessions.UserSessionOptions>(options => options.InterruptedRefreshLease = cluster.HasDatabase ? TimeSpan.FromSeconds(10) : TimeSpan.Zero);
        builder.Services.AddOptions<IdempotencyOptions>().Configure<IOptions<TwitterOptions>>((options, twitter) =>
            options.InterruptedCallLease = cluster.HasDatabase ? twitter.Value.RequestTimeout + CallMargin : TimeSpan.Zero);
        builder.UseOrleans(silo =>
        {
            if (cluster.HasDatabase) AddPostgres(silo, cluster);
            else AddMemory(silo, cluster);
            silo.Configure<Orleans.Configuration.ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (cluster.ClusterId, cluster.ClusterId));
            silo.Configure<ClusterMembershipOptions>(options =>
            {
                options.ProbeTimeout = cluster.ProbeInterval;
                options.NumMissedProbesLimit = 2;
                options.NumVotesForDeathDeclaration = 2;
                options.TableRefreshTimeout = TimeSpan.FromSeconds(10);
                options.DefunctSiloExpiration = TimeSpan.FromHours(1);
                options.DefunctSiloCleanupPeriod = TimeSpan.FromMinutes(10);
            });
            silo.Configure<SiloMessagingOptions>(options => (options.ResponseTimeout, options.SystemResponseTimeout) = (ResponseTimeout, TimeSpan.FromSeconds(10)));
            silo.Configure<GrainCollectionOptions>(options => options.CollectionAge = TimeSpan.FromMinutes(10));
            silo.AddOutgoingGrainCallFilter<LostNodeFilter>();
            silo.AddDashboard(options => options.HideTrace = true);
            // Else a silo counts only from when the dashboard is opened, and one that starts while it is open not at all.
            silo.Services.Configure<GrainProfilerOptions>(options => options.TraceAlways = true);
        });
        builder.Services.AddHostedService<CircuitSync>(); // after Orleans: hosted services start in order
        if (cluster.HasDatabase) builder.Services.AddHostedService<KeyedWriteSweep>();
    }

    public static void AddClusterClient(this WebApplicationBuilder builder, ClusterOptions cluster)
    {
        builder.Services.AddSingleton<IEngine>(provider => new GrainEngine(provider.GetRequiredService<IGrainFactory>(), cluster.Home));
        builder.Services.AddSingleton<IClientLimits>(LeasedFromGrains);
        builder.UseOrleansClient(client =>
        {
            client.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (Invariant, cluster.Database));
            client.Configure<Orleans.Configuration.ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (cluster.ClusterId, cluster.ClusterId));
            client.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(2));
            client.Configure<ClientMessagingOptions>(options => options.ResponseTimeout = ResponseTimeout);
            client.UseConnectionRetryFilter(new RetryFor(cluster.DatabaseWait).ShouldRetryAsync);
            client.AddOutgoingGrainCallFilter<LostNodeFilter>();
        });
    }

    private static LeasedClientLimits LeasedFromGrains(IServiceProvider provider)
    {
        var grains = provider.GetRequiredService<IGrainFactory>();
        return new(id => grains.GetGrain<IClientGrain>(id), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<LeasedClientLimits>>());
    }

    private static void AddPostgres(ISiloBuilder silo, ClusterOptions cluster)
    {
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, Linger>();
        silo.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (Invariant, cluster.Database));
        silo.UseAdoNetReminderService(options => (options.Invariant, options.ConnectionString) = (Invariant, cluster.Database));
        foreach (var name in GrainStorageNames.All)
        {
            silo.AddAdoNetGrainStorage(name, options => (options.Invariant, options.ConnectionString, options.DeleteStateOnClear) = (Invariant, cluster.Database, true));
        }

        if (cluster.AdvertisedAddress is { } address) silo.ConfigureEndpoints(IPAddress.Parse(address), cluster.SiloPort, cluster.GatewayPort, listenOnAnyHostAddress: true);
        else silo.ConfigureEndpoints(cluster.SiloPort, cluster.GatewayPort, listenOnAnyHostAddress: true);
    }

    private static void AddMemory(ISiloBuilder silo, ClusterOptions cluster)
    {
        silo.UseLocalhostClustering(cluster.SiloPort, cluster.GatewayPort, serviceId: cluster.ClusterId, clusterId: cluster.ClusterId);
        silo.UseInMemoryReminderService();
        foreach (var name in GrainStorageNames.All) silo.AddMemoryGrainStorage(name);
    }

    // A front end may start before the first silo: it looks again every second.
    private sealed class RetryFor(TimeSpan patience)
    {
        private readonly long _started = TimeProvider.System.GetTimestamp();

        public async Task<bool> ShouldRetryAsync(Exception exception, CancellationToken cancellationToken)
        {
            if (TimeProvider.System.GetElapsedTime(_started) > patience) return false;
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
            return true;
        }
    }
}
