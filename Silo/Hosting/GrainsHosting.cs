using System.Net;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Dashboard;
using Orleans.Storage;
using OrleansTwitterProxy.Api.Activities;
using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Api.Ops;
using OrleansTwitterProxy.Api.Telemetry;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Core.Telemetry;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Grains.Circuit;
using OrleansTwitterProxy.Grains.Cluster;
using OrleansTwitterProxy.Grains.Interfaces;
using OrleansTwitterProxy.Grains.Storage;
using OrleansTwitterProxy.Silo.Ops;
using OrleansTwitterProxy.Silo.Storage;
using ClusterOptions = OrleansTwitterProxy.Api.Cluster.ClusterOptions;

namespace OrleansTwitterProxy.Silo.Hosting;

/// <summary>Registers the silo, with its state in SQLite or in PostgreSQL.</summary>
internal static class GrainsHosting
{
    // Time from a keyed write's intent to its call to X, added to the maximum time of the call.
    private static readonly TimeSpan CallMargin = TimeSpan.FromSeconds(5);

    // Orleans' own storage, which all names share.
    private const string Provider = "postgres";

    /// <summary>The grains and what they host, for both kinds of storage.</summary>
    public static void AddGrains(this WebApplicationBuilder builder, ClusterOptions cluster, Action<ISiloBuilder> useStorage)
    {
        var services = builder.Services;
        services.AddCore();
        services.AddSingleton<ICircuitCoordinator>(provider => provider.GetRequiredService<IGrainFactory>().Circuit);
        services.AddSingleton<NodeCircuit>();
        services.AddSingleton<ICircuit>(provider => provider.GetRequiredService<NodeCircuit>());
        services.AddSingleton<InFlightCalls>();
        services.AddSingleton<SiloGauges>();
        services.AddHealthChecks().AddCheck<UpstreamClockHealth>("X's clock", tags: [HealthEndpoints.ReadyTag]);
        services
            .AddOptions<GrainCollectionOptions>()
            .Configure<IOptions<UserSessionOptions>>(
                (collection, sessions) =>
                {
                    collection.CollectionAge = sessions.Value.IdleAfter;
                    if (collection.CollectionQuantum >= collection.CollectionAge)
                        collection.CollectionQuantum = collection.CollectionAge / 2; // Orleans requires a shorter time than CollectionAge
                }
            );
        builder.UseOrleans(silo =>
        {
            useStorage(silo);
            if (TelemetryHosting.RecordsTraces(builder.Configuration))
                silo.AddActivityPropagation();
            silo.Configure<Orleans.Configuration.ClusterOptions>(options =>
                (options.ClusterId, options.ServiceId) = (cluster.ClusterId, cluster.ClusterId)
            );
            silo.Configure<SiloMessagingOptions>(options =>
                (options.ResponseTimeout, options.SystemResponseTimeout) = (ClusterClient.ResponseTimeout, TimeSpan.FromSeconds(10))
            );
            if (cluster.HasDatabase)
                // Every silo sends its figures to the silo that serves the dashboard.
                silo.AddDashboard(options => options.HideTrace = true);
            else if (cluster.Dashboard)
                DashboardCollector.Register(silo);
        });
        services.AddHostedService<CircuitSync>(); // after Orleans: hosted services start in order
        services.AddHostedService<KeyedWriteSweep>();
        services.AddHostedService<SessionSweep>();
    }

    /// <summary>The database file, with its key ring beside it.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="path">The data folder's full path. It is created when <see cref="DataFolder"/> is first asked for.</param>
    public static void AddSqlite(this WebApplicationBuilder builder, string path)
    {
        var services = builder.Services;
        services.AddSingleton(provider =>
        {
            var folder = DataFolder.Open(path).LogTightened(provider.GetRequiredService<ILogger<DataFolder>>());
            provider.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(folder.Keep);
            return folder;
        });
        services.AddSingleton(provider => new SqliteDatabase(
            provider.GetRequiredService<DataFolder>().DatabasePath,
            provider.GetRequiredService<ProxyMetrics>(),
            provider.GetRequiredService<ILogger<SqliteDatabase>>()
        ));
        services.AddSingleton(provider => provider.GetRequiredService<SqliteDatabase>().Incarnation);
        services.AddSingleton<IKeyedWriteRows, SqliteKeyedWrites>();
        services.AddSingleton<IAccountRows, SqliteAccounts>();
        services.AddSingleton<IActivityRows, SqliteActivity>();
        services.AddSingleton<IAuditRows, SqliteAudit>();
        services.AddActivity();
        services.AddSingleton<IAccountRecords, SqliteAccountRecords>();
        services
            .AddOptions<KeyManagementOptions>()
            .Configure<DataFolder, ILoggerFactory>((options, data, loggers) => options.XmlRepository = new FolderKeyRing(data, loggers));
        services.AddSingleton<SqliteHealth>();
        services.AddHealthChecks().AddCheck<SqliteHealth>("database", tags: [HealthEndpoints.ReadyTag]);
    }

    /// <summary>
    /// A single silo without connections: it listens on a free loopback port, so that two proxies on one machine do not conflict.
    /// </summary>
    public static void UseSqlite(this ISiloBuilder silo)
    {
        silo.UseLocalhostClustering(gatewayPort: 0);
        silo.Configure<EndpointOptions>(options => options.SiloListeningEndpoint = new(IPAddress.Loopback, 0));
        silo.AddReminders();
        silo.Services.AddSingleton<IReminderTable, SqliteReminders>();
        foreach (var name in GrainStorageNames.All)
        {
            silo.Services.AddKeyedSingleton<IGrainStorage>(name, (provider, _) =>
                new SqliteGrainStorage(provider.GetRequiredService<SqliteDatabase>(), name)
            );
        }
    }

    /// <summary>One silo of several, on PostgreSQL.</summary>
    public static void UsePostgres(this ISiloBuilder silo, ClusterOptions cluster)
    {
        var database = DatabaseConnection.WithDefaults(cluster.Database);
        silo.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (ClusterClient.Npgsql, database));
        silo.UseAdoNetReminderService(options => (options.Invariant, options.ConnectionString) = (ClusterClient.Npgsql, database));
        var reminders = silo.Services.Last(service => service.ServiceType == typeof(IReminderTable)).ImplementationType!;
        silo.Services.AddSingleton<IReminderTable>(provider => new PostgresReminders(
            (IReminderTable)ActivatorUtilities.CreateInstance(provider, reminders),
            provider.GetRequiredService<ClusterDatabase>()
        ));
        silo.AddAdoNetGrainStorage(Provider, options =>
            (options.Invariant, options.ConnectionString, options.DeleteStateOnClear) = (ClusterClient.Npgsql, database, true)
        );
        foreach (var name in GrainStorageNames.All)
        {
            silo.Services.AddKeyedSingleton<IGrainStorage>(name, static (provider, _) =>
                new PostgresGrainStorage(
                    provider.GetRequiredKeyedService<IGrainStorage>(Provider),
                    provider.GetRequiredService<ClusterDatabase>()
                )
            );
        }

        if (cluster.AdvertisedAddress is { } address)
            silo.ConfigureEndpoints(IPAddress.Parse(address), cluster.SiloPort, cluster.GatewayPort);
        else
            silo.ConfigureEndpoints(cluster.SiloPort, cluster.GatewayPort);
        if (cluster.ListenAddress is { } listen)
        {
            silo.Configure<EndpointOptions>(options =>
                (options.SiloListeningEndpoint, options.GatewayListeningEndpoint) = (
                    new(IPAddress.Parse(listen), cluster.SiloPort),
                    new(IPAddress.Parse(listen), cluster.GatewayPort)
                )
            );
        }

        if (ClusterTls.Of(cluster, TimeProvider.System) is { } tls)
            silo.UseTls(tls.Configure);
        if (cluster.Kubernetes)
            silo.UsePods();
        silo.UseManySilos(cluster);
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, SiloDrain>();
        // Another activation's unfinished work is not taken over as long as that activation may be alive.
        silo.Services.Configure<UserSessionOptions>(options => options.InterruptedRefreshLease = TimeSpan.FromSeconds(10));
        silo.Services.AddOptions<IdempotencyOptions>()
            .Configure<IOptions<TwitterOptions>>(
                (options, twitter) => options.InterruptedCallLease = twitter.Value.RequestTimeout + CallMargin
            );
    }

    /// <summary>What a silo needs beside other silos: probes, and handling of lost nodes.</summary>
    public static void UseManySilos(this ISiloBuilder silo, ClusterOptions cluster)
    {
        // docs/decisions/0016-membership.md says why.
        silo.Configure<ClusterMembershipOptions>(options =>
        {
            options.ProbeTimeout = cluster.ProbeInterval;
            options.NumMissedProbesLimit = 4;
            options.MaxProbeTimeout = cluster.ProbeInterval * 2.4;
            options.NumVotesForDeathDeclaration = 2;
            options.EnableIndirectProbes = false;
            options.IAmAliveTablePublishTimeout = cluster.ProbeInterval;
            options.NumMissedTableIAmAliveLimit = 7;
            options.TableRefreshTimeout = TimeSpan.FromSeconds(10);
            options.DefunctSiloExpiration = TimeSpan.FromHours(1);
            options.DefunctSiloCleanupPeriod = TimeSpan.FromMinutes(10);
        });
        silo.AddOutgoingGrainCallFilter<LostNodeFilter>();
        silo.Services.AddSingleton<IIncomingGrainCallFilter>(provider => provider.GetRequiredService<InFlightCalls>());
    }
}
