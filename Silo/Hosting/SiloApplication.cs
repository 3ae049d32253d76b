using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Api.Ops;
using OrleansTwitterProxy.Silo.Ops;
using OrleansTwitterProxy.Silo.Storage;

namespace OrleansTwitterProxy.Silo.Hosting;

/// <summary>A process of the cluster: grains, front end, or both.</summary>
public static class SiloApplication
{
    /// <param name="args">Configuration as <c>--Section:Name VALUE</c>.</param>
    /// <param name="customize">Runs last before the application is built; null to leave everything as it is.</param>
    /// <exception cref="StartupException">The process cannot start; the message says what to do.</exception>
    public static async Task<WebApplication> BuildAsync(string[] args, Action<WebApplicationBuilder>? customize = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddLoggingDefaults();
        var cluster = builder.Configuration.GetSection(ClusterOptions.Section).Get<ClusterOptions>() ?? new();
        var listening = ListenAddresses.Configure(builder);
        await ClusterChecks.RequireAsync(cluster, listening, builder);

        if (cluster.HasFrontEnd) builder.AddProxy();
        else builder.Services.AddGrainsOnlyHost();
        if (cluster.HasGrains) builder.AddGrains(cluster);
        else builder.AddClusterClient(cluster);
        builder.Services.AddClusterShared(cluster);
        customize?.Invoke(builder);

        var app = builder.Build();
        app.UseProxyWhere(cluster.HasFrontEnd);
        if (cluster.HasFrontEnd) app.MapProxy();
        else app.MapHealth();
        if (cluster.HasGrains && cluster.Dashboard) app.MapDashboard();
        return app;
    }
}
