using OrleansTwitterProxy.Api.Cluster;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>The Api executable: a front end alone, which joins the cluster of a database.</summary>
public static class FrontEndApplication
{
    /// <summary>What <c>--help</c> says of the executable.</summary>
    public const string Description = """
        OrleansTwitterProxy.Api: a front end alone. It serves clients on http://127.0.0.1:8080, and calls the silos of the
        cluster, which it finds through their database. To run the whole proxy in one process: dotnet run --project Silo

        Every setting can be given as an option (--Section:Name VALUE), as an environment variable (Section__Name), or in
        appsettings.json in the working folder. The ones most needed:

          --Cluster:Database STRING      connection string of the silos' PostgreSQL; it does not start without
          --urls http://127.0.0.1:8080   where to listen; several are separated by ;
          --Proxy:PublicUrl URL          scheme and host that browsers use, when behind a load balancer
          --Logging:LogLevel:Default LEVEL   Debug tells of every request

        Clients, Twitter and Ops must be as in the silos. docs/reference/settings.md lists all settings.
        """;

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
