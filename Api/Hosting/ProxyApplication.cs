using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Api.Activities;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Clients;
using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Api.Forwarding;
using OrleansTwitterProxy.Api.Home;
using OrleansTwitterProxy.Api.Limits;
using OrleansTwitterProxy.Api.Media;
using OrleansTwitterProxy.Api.Ops;
using OrleansTwitterProxy.Api.SignIn;
using OrleansTwitterProxy.Api.Streams;
using OrleansTwitterProxy.Api.Telemetry;
using OrleansTwitterProxy.Api.Timelines;
using OrleansTwitterProxy.Api.Tweets;
using OrleansTwitterProxy.Api.Users;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Sealing;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>The front end: its services, its middleware and its routes.</summary>
public static class ProxyApplication
{
    /// <summary>
    /// Isolates the proxy's keys from other applications' on the same ring; all processes of a cluster use the same name.
    /// </summary>
    public const string DataProtectionName = "OrleansTwitterProxy";

    /// <summary>
    /// Registers the front end. The host adds <see cref="IGrainFactory"/>: a silo of this process, or the client of a cluster.
    /// </summary>
    /// <param name="builder">The host.</param>
    /// <param name="process">Text for the banner.</param>
    /// <exception cref="StartupException">The configuration is not valid; the message says what to set.</exception>
    public static void AddProxy(this WebApplicationBuilder builder, ProcessDescription process)
    {
        builder.AddLoggingDefaults();
        builder.AddTelemetry();
        var listening = ListenAddresses.Configure(builder);
        // A line feed alone ends no line: proxies that read it otherwise would see other requests here than we do (request smuggling).
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = TwitterClient.MaxBodyBytes;
            kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1; // the encoding in which X's headers are read
        });
        var services = builder.Services;
        services.AddSingleton(process);
        services.AddSingleton(listening);
        services.AddCoreShared();
        services.AddLeasedClientLimits();
        services.AddValidatedOptions<ProxyOptions>(ProxyOptions.Section);
        StartupChecks.RequireCredentialsOffLoopback(builder.Configuration, listening);

        services.AddDataProtection().SetApplicationName(DataProtectionName);
        services.AddSingleton<SealingKeys>();
        services.AddSingleton<SessionTokens>();
        services.AddSingleton<SignInStates>();
        // At a reload the clients that were valid stay in force.
        services
            .Configure<ClientsOptions>(builder.Configuration)
            .AddOptions<ClientsOptions>()
            .Validate(_ => KnownSettings.Failures(builder.Configuration).Count == 0);
        services.AddSingleton(provider => new ClientDirectory(
            provider.GetRequiredService<IOptionsMonitor<ClientsOptions>>(),
            listening.LoopbackOnly && provider.GetRequiredService<DevelopmentMode>().IsOn ? DevelopmentClient() : null,
            provider.GetRequiredService<ILogger<ClientDirectory>>()
        ));
        services.AddSingleton(provider => new SessionThrottle(
            TimeProvider.System,
            provider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping
        ));
        services.AddSingleton<BodyBudget>();
        services.AddSingleton<StreamRelays>();
        services.AddSingleton<StreamForwarder>();
        services.AddSingleton<Forwarder>();
        services.AddSingleton<UploadDrain>();
        services.AddHostedService(provider => provider.GetRequiredService<UploadDrain>());
        services.AddSingleton<ClientStreams>();
        services.AddSingleton<UploadAccess>();
        services.AddSingleton<TweetUploads>();
        services.AddSingleton<PublicAddress>();

        services.AddTrustedProxies(builder.Configuration);
        services.AddProblemResponses();
        services.AddProxyAuthentication();
        services.AddCors();
        services.AddSingleton<ICorsPolicyProvider, ClientCorsPolicy>();
        services.AddApiDocument();
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.AllowDuplicateProperties = false; // the last would win here, and the first perhaps at X
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower));
        });
        services.AddKeyRingHealth();
        services.AddOps();
        services.AddAccountSearch();
        services.AddOverview();
        services.AddHostedService<Banner>();
    }

    /// <summary>The middleware, outermost first.</summary>
    public static void UseProxy(this WebApplication app)
    {
        // An invalid configuration fails the start here, before anything is opened.
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        app.Services.GetRequiredService<ClientDirectory>();
        app.LogBrokenReloads();
        app.UseRequestIds();
        app.UseResponseHeaders();
        app.UseMetricsAddress();
        app.UseDrain();
        app.UseActivity();
        app.UseTrustedProxies();
        app.UseProblemResponses();
        app.UseHostCheck();
        app.UseTargetCheck();
        app.UseRouting();
        app.UseCors();
        app.UseTusVersion();
        app.UseProxyAuthentication();
        app.UseClientLimits();
        app.UseSmallBodyBudget();
    }

    /// <summary>Every route, slice by slice.</summary>
    public static void MapProxy(this WebApplication app)
    {
        app.MapAuth();
        app.MapSession();
        app.MapTweets();
        app.MapTimelines();
        app.MapUsers();
        app.MapMedia();
        app.MapLimits();
        app.MapForwarding();
        app.MapHealth();
        app.MapMetrics();
        app.MapOps();
        app.MapAccounts();
        app.MapActivity();
        app.MapAccountSearch();
        app.MapClients();
        app.MapOverview();
        app.MapConsole();
        app.MapEncryptionKeys();
        app.MapApiDocument();
        app.MapApiReference();
        app.MapHomePage();
    }

    // Its sign-ins return to pages of this machine, and its calls come from them (OriginCheck).
    private static ClientOptions DevelopmentClient() => new() { ApiKeys = [ApiKey.Hash(ClientDirectory.DevelopmentKey)], AppOnly = true };
}
