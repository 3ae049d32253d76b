using Microsoft.AspNetCore.DataProtection.KeyManagement;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Api.Ops;

namespace OrleansTwitterProxy.Api.Cluster;

/// <summary>What every process of a cluster has on PostgreSQL: the key ring, and the health of the database.</summary>
internal static class ClusterServices
{
    public static void AddClusterServices(this IServiceCollection services, ClusterOptions cluster)
    {
        services.AddSingleton(new PostgresKeyRing(cluster.Database));
        services.AddOptions<KeyManagementOptions>().Configure<PostgresKeyRing>((options, ring) => options.XmlRepository = ring);
        services.AddHealthChecks().AddCheck<PostgresHealth>("database", tags: [HealthEndpoints.ReadyTag]);
    }

    /// <summary>Draining before a stop, so that load balancers notice.</summary>
    public static void AddDrain(this IServiceCollection services)
    {
        services.AddValidatedOptions<ClusterOptions>(ClusterOptions.Section);
        services.AddSingleton<DrainState>();
        services.AddHostedService<Drain>();
        services.AddHealthChecks().AddCheck<DrainHealth>("draining", tags: [HealthEndpoints.ReadyTag]);
    }
}
