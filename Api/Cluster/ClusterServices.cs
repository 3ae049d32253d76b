using Microsoft.AspNetCore.DataProtection.KeyManagement;
using OrleansTwitterProxy.Api.Activities;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Api.Ops;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Telemetry;

namespace OrleansTwitterProxy.Api.Cluster;

/// <summary>What every process of a cluster uses in PostgreSQL: the key ring, and the database's health check.</summary>
internal static class ClusterServices
{
    public static void AddClusterServices(this IServiceCollection services, ClusterOptions cluster)
    {
        services.AddSingleton(provider => new ClusterDatabase(
            cluster.Database,
            provider.GetRequiredService<ProxyMetrics>(),
            TimeProvider.System,
            provider.GetRequiredService<ILogger<ClusterDatabase>>()
        ));
        services.AddSingleton<PostgresKeyRing>();
        services.AddSingleton<IAccountRecords>(provider => new PostgresAccountRecords(
            provider.GetRequiredService<ClusterDatabase>(),
            cluster.ClusterId
        ));
        services.AddOptions<KeyManagementOptions>().Configure<PostgresKeyRing>((options, ring) => options.XmlRepository = ring);
        services.AddSingleton<IActivityRows>(provider => new PostgresActivity(
            provider.GetRequiredService<ClusterDatabase>(),
            cluster.ClusterId
        ));
        services.AddSingleton<IAuditRows>(provider => new PostgresAudit(provider.GetRequiredService<ClusterDatabase>(), cluster.ClusterId));
        services.AddActivity();
        services.AddSingleton<DatabaseClock>();
        services.AddHostedService(provider => provider.GetRequiredService<DatabaseClock>());
        services.AddSingleton<PostgresHealth>();
        services
            .AddHealthChecks()
            .AddCheck<PostgresHealth>("database", tags: [HealthEndpoints.ReadyTag])
            .AddCheck<DatabaseClockHealth>("database's clock", tags: [HealthEndpoints.ReadyTag]);
    }

    /// <summary>Drains before a stop, so that load balancers notice it.</summary>
    public static void AddDrain(this IServiceCollection services)
    {
        services.AddValidatedOptions<ClusterOptions>(ClusterOptions.Section);
        services.AddSingleton<DrainState>();
        services.AddHostedService<Drain>();
        services.AddHostedService<StopReport>(); // runs before it
        services.AddHealthChecks().AddCheck<DrainHealth>("draining", tags: [HealthEndpoints.ReadyTag]);
    }
}
