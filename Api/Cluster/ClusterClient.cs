using Orleans.Configuration;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Api.Telemetry;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Grains.Interfaces.Clients;

namespace OrleansTwitterProxy.Api.Cluster;

/// <summary>A front end's connection to the cluster: the Orleans client, and the clients' limits leased from their grains.</summary>
internal static class ClusterClient
{
    /// <summary>Npgsql's name in Orleans' ADO.NET providers.</summary>
    public const string Npgsql = "Npgsql";

    /// <summary>
    /// Longer than every wait within a call (5 min in the queue, up to 5 min for a refresh, X itself). Probes, not this timeout, detect a
    /// dead silo.
    /// </summary>
    public static readonly TimeSpan ResponseTimeout = TimeSpan.FromMinutes(15);

    public static void AddClusterClient(this WebApplicationBuilder builder, ClusterOptions cluster) =>
        builder.UseOrleansClient(client =>
        {
            client.UseAdoNetClustering(options =>
                (options.Invariant, options.ConnectionString) = (Npgsql, DatabaseConnection.WithDefaults(cluster.Database))
            );
            client.Configure<Orleans.Configuration.ClusterOptions>(options =>
                (options.ClusterId, options.ServiceId) = (cluster.ClusterId, cluster.ClusterId)
            );
            client.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(2));
            client.Configure<ClientMessagingOptions>(options => options.ResponseTimeout = ResponseTimeout);
            if (ClusterTls.Of(cluster, TimeProvider.System) is { } tls)
                client.UseTls(tls.Configure);
            client.UseConnectionRetryFilter(new RetryFor(cluster.DatabaseWait).ShouldRetryAsync);
            client.AddOutgoingGrainCallFilter<LostNodeFilter>();
            if (TelemetryHosting.RecordsTraces(builder.Configuration))
                client.AddActivityPropagation();
        });

    /// <summary>The clients' own limits, leased from their grains.</summary>
    public static void AddLeasedClientLimits(this IServiceCollection services) =>
        services.AddSingleton<IClientLimits>(provider =>
        {
            var grains = provider.GetRequiredService<IGrainFactory>();
            return new LeasedClientLimits(
                id => grains.GetGrain<IClientGrain>(id),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<LeasedClientLimits>>()
            );
        });

    // A front end may start before the first silo, so it retries every second.
    private sealed class RetryFor(TimeSpan patience)
    {
        private readonly long _started = TimeProvider.System.GetTimestamp();

        public async Task<bool> ShouldRetryAsync(Exception exception, CancellationToken cancellationToken)
        {
            if (TimeProvider.System.GetElapsedTime(_started) > patience)
                return false;
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
            return true;
        }
    }
}
