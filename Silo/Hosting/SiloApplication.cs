using Microsoft.AspNetCore.DataProtection;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Api.Ops;
using OrleansTwitterProxy.Api.Telemetry;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Core.Telemetry;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Silo.Ops;
using OrleansTwitterProxy.Silo.Storage;

namespace OrleansTwitterProxy.Silo.Hosting;

/// <summary>The proxy: grains, front end and dashboard. A single process on SQLite, or, with a database, one silo of a cluster.</summary>
public static partial class SiloApplication
{
    /// <summary>What <c>--help</c> says of the executable.</summary>
    public const string Description = """
        OrleansTwitterProxy: a self-hosted proxy for the X (Twitter) API. One process, or one silo of a cluster.

        Without options it serves http://127.0.0.1:8080, keeps its data in ./data, and uses a built-in sandbox in place of X. With
        Cluster:Database it joins a cluster, and keeps its data in PostgreSQL.
        Every setting can be given as an option (--Section:Name VALUE), as an environment variable (Section__Name), or in
        appsettings.json in the working folder. The ones most needed:

          --urls http://127.0.0.1:8080   where to listen; several are separated by ;
          --Twitter:ClientId ID          the X app's OAuth 2.0 client id (and Twitter__ClientSecret in the environment)
          --Proxy:PublicUrl URL          scheme and host that browsers use, when behind a load balancer
          --Proxy:DataPath FOLDER        database and keys; default data
          --Cluster:Database STRING      connection string of the cluster's PostgreSQL, after 'migrate'
          --Cluster:FrontEnd false       grains alone; the front ends are processes of their own
          --Logging:LogLevel:Default LEVEL   Debug tells of every request

        docs/reference/settings.md lists them all.
        """;

    /// <param name="args">Configuration as <c>--Section:Name VALUE</c>.</param>
    /// <param name="customize">Runs last before the application is built; null for no change.</param>
    /// <exception cref="StartupException">The process cannot start; the message says what to do.</exception>
    public static async Task<WebApplication> BuildAsync(string[] args, Action<WebApplicationBuilder>? customize = null)
    {
        var builder = KnownSettings.CreateBuilder(args, typeof(SandboxOptions));
        var cluster = builder.Configuration.GetSection(ClusterOptions.Section).Get<ClusterOptions>() ?? new();
        if (cluster.HasDatabase)
            await builder.AddClusterSiloAsync(cluster);
        else
            await builder.AddSingleSiloAsync(cluster);
        builder.Services.AddDrain();
        customize?.Invoke(builder);

        var app = builder.Build();
        if (cluster.FrontEnd)
        {
            app.UseProxy();
            app.MapProxy();
        }
        else
        {
            app.UseRequestIds();
            app.UseResponseHeaders();
            app.UseMetricsAddress();
            app.UseDrain();
            app.UseProblemResponses();
            app.UseHostCheck();
            app.UseTargetCheck();
            app.UseRouting();
            app.UseProxyAuthentication();
            app.MapHealth();
            app.MapMetrics();
        }

        app.Services.GetRequiredService<SiloGauges>();
        if (cluster.Dashboard)
            app.MapDashboard();
        if (!cluster.HasDatabase)
            app.Services.GetRequiredService<DataFolder>(); // created once everything else is valid
        if (cluster is { HasDatabase: true, AllowUnencrypted: true, Tls.Certificate: "" })
            LogUnencrypted(app.Logger, cluster.SiloPort, cluster.GatewayPort);
        return app;
    }

    // The whole proxy in one process, with the sandbox if X is not configured.
    private static async Task AddSingleSiloAsync(this WebApplicationBuilder builder, ClusterOptions cluster)
    {
        if (!cluster.FrontEnd)
            throw new StartupException(
                "Not started: Cluster__FrontEnd=false needs a cluster, and none is configured. Set Cluster__Database, or remove Cluster__FrontEnd."
            );
        await builder.AddSandboxUnlessXIsConfiguredAsync();
        var folder = DataFolder.PathOf(builder.Configuration);
        builder.AddProxy(new($"one Orleans silo with its front end, data in {folder}"));
        builder.AddSqlite(folder);
        builder.AddGrains(cluster, silo => silo.UseSqlite());
    }

    private static async Task AddClusterSiloAsync(this WebApplicationBuilder builder, ClusterOptions cluster)
    {
        if (string.IsNullOrEmpty(builder.Configuration[$"{TwitterOptions.Section}:{nameof(TwitterOptions.ClientId)}"]))
        {
            throw new StartupException(
                """
                Not started: no X credentials are configured, and the silos of a cluster need one X in common.
                Set Twitter__ClientId and Twitter__ClientSecret; to try the cluster without X, run the sandbox ('dotnet run --project Sandbox') and set
                Twitter__ApiBaseUrl and Twitter__AuthorizeUrl to it as well, as deploy/cluster does.
                """
            );
        }

        StartupChecks.RequireTlsOffLoopback(cluster);
        await Migrations.RequireAsync(
            cluster.Database,
            cluster.MigrateAtStart ?? builder.Environment.IsDevelopment(),
            cluster.DatabaseWait
        );
        await FutureSilos.RefuseToJoinAsync(cluster, TimeProvider.System);
        builder.Services.AddSingleton(await PostgresIncarnation.RequireAsync(cluster.Database));
        if (cluster.FrontEnd)
            builder.AddProxy(new($"silo with front end of {cluster.Home}"));
        else
            builder.AddSiloWithoutFrontEnd();
        builder.Services.AddClusterServices(cluster);
        builder.Services.AddHealthChecks().AddCheck<MembershipHealth>("membership", tags: [HealthEndpoints.ReadyTag]);
        builder.Services.AddSingleton<IKeyedWriteRows>(provider => new PostgresKeyedWrites(
            provider.GetRequiredService<ClusterDatabase>(),
            cluster.ClusterId
        ));
        builder.Services.AddSingleton<IAccountRows>(provider => new PostgresAccounts(
            provider.GetRequiredService<ClusterDatabase>(),
            cluster.ClusterId
        ));
        builder.AddGrains(cluster, silo => silo.UsePostgres(cluster));
    }

    // What a silo needs to answer health checks and the dashboard.
    private static void AddSiloWithoutFrontEnd(this WebApplicationBuilder builder)
    {
        builder.AddLoggingDefaults();
        builder.AddTelemetry();
        builder.Services.AddSingleton(ListenAddresses.Configure(builder));
        builder.Services.AddValidatedOptions<ProxyOptions>(ProxyOptions.Section);
        builder.Services.AddDataProtection().SetApplicationName(ProxyApplication.DataProtectionName);
        builder.Services.AddProblemResponses();
        builder.Services.AddKeyRingHealth();
        builder.Services.AddOps();
        builder.Services.AddOperatorAuthentication();
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Cluster__AllowUnencrypted is set: whoever reaches ports {SiloPort} and {GatewayPort} can read every message and call every grain"
    )]
    private static partial void LogUnencrypted(ILogger logger, int siloPort, int gatewayPort);
}
