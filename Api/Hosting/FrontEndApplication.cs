using OrleansTwitterProxy.Api.Cluster;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>The Api executable: a front end alone, which joins the cluster of a database.</summary>
public static class FrontEndApplication
{
    /// <param name="args">Configuration as <c>--Section:Name VALUE</c>.</param>
    /// <param name="customize">Runs last before the application is built; null for no change.</param>
    /// <exception cref="StartupException">The front end cannot start; the message says what to do.</exception>
    public static Task<WebApplication> BuildAsync(string[] args, Action<WebApplicationBuilder>? customize = null)
    {
        var builder = KnownSettings.CreateBuilder(args);
        var cluster = builder.Configuration.GetSection(ClusterOptions.Section).Get<ClusterOptions>() ?? new();
        if (!cluster.HasDatabase)
        {
            throw new StartupException(
                """
                Not started: a front end alone finds its cluster through a database, and none is set.
                To run the whole proxy in one process: dotnet run --project Silo
                To join a cluster: set Cluster__Database to the PostgreSQL connection string of its silos.
                """
            );
        }

        builder.AddProxy(new($"front end of {cluster.Home}"));
        builder.AddClusterClient(cluster);
        builder.Services.AddClusterServices(cluster);
        builder.Services.AddDrain();
        customize?.Invoke(builder);

        var app = builder.Build();
        app.UseProxy();
        app.MapProxy();
        return Task.FromResult(app);
    }
}
