using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Api.Ops;
using OrleansTwitterProxy.Silo.Ops;
using OrleansTwitterProxy.Silo.Storage;

namespace OrleansTwitterProxy.Silo.Hosting;

/// <summary>What every process of the cluster has, whatever its role.</summary>
internal static class ClusterShared
{
    public static void AddClusterShared(this IServiceCollection services, ClusterOptions cluster)
    {
        services.AddValidatedOptions<ClusterOptions>(ClusterOptions.Section);
        services.AddHostedService<Drain>();
        services.AddSingleton<DrainState>();
        var health = services.AddHealthChecks().AddCheck<DrainHealth>("draining", tags: [HealthEndpoints.ReadyTag]);
        if (!cluster.HasDatabase)
        {
            services.AddDataProtection().UseEphemeralDataProtectionProvider(); // as short-lived as the state it protects
            return;
        }

        services.AddSingleton(new PostgresKeyRing(cluster.Database));
        services.AddOptions<KeyManagementOptions>().Configure<PostgresKeyRing>((options, ring) => options.XmlRepository = ring);
        health.AddCheck<PostgresHealth>("database", tags: [HealthEndpoints.ReadyTag]);
        if (cluster.HasGrains) health.AddCheck<MembershipHealth>("membership", tags: [HealthEndpoints.ReadyTag]);
    }

    /// <summary>What a silo without a front end needs to answer health checks and the dashboard.</summary>
    public static void AddGrainsOnlyHost(this IServiceCollection services)
    {
        services.AddDataProtection().SetApplicationName(ProxyApplication.DataProtectionName);
        services.AddProblemResponses();
        services.AddKeyRingHealth();
        services.AddOps();
    }

    public static void UseProxyWhere(this WebApplication app, bool frontEnd)
    {
        if (frontEnd) app.UseProxy();
        else app.UseProblemResponses();
    }
}
