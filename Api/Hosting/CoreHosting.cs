using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.App;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Core.Streams;
using OrleansTwitterProxy.Core.Telemetry;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>Registers Core's objects.</summary>
public static class CoreHosting
{
    /// <summary>The objects that grains host. The silo adds storage and <see cref="ICircuit"/>.</summary>
    public static void AddCore(this IServiceCollection services)
    {
        services.AddCoreShared();
        services.AddValidatedOptions<UserSessionOptions>(UserSessionOptions.Section);
        services.AddValidatedOptions<IdempotencyOptions>(IdempotencyOptions.Section);
        services.AddValidatedOptions<SignInOptions>(SignInOptions.Section);
        services.AddValidatedOptions<CircuitOptions>(CircuitOptions.Section);
        services.AddValidatedOptions<RetryOptions>(RetryOptions.Section);
        services.AddSingleton(provider => TwitterHttp.Create(provider.GetRequiredService<IOptions<TwitterOptions>>()));
        services.AddSingleton<TwitterClient>();
        services.AddSingleton<TokenEndpoint>();
        services.AddSingleton<SignInAtTwitter>();
        services.AddSingleton<TokenVault>();
        services.AddSingleton<UpstreamClock>();
        // One table per process, shared by all accounts.
        services.AddSingleton(provider => LimitTable.ForApp(provider.GetRequiredService<UpstreamClock>()));
        services.AddSingleton<RetryPolicy>();
        services.AddSingleton<CallQueue>();
        services.AddHostedService<QueueDrain>();
        services.AddSingleton<LostGrants>();
        services.AddSingleton<UserSessionFactory>();
        services.AddSingleton<AppTokens>();
        services.AddSingleton<AppSessionFactory>();
        services.AddSingleton<EventStreamFactory>();
        services.AddSingleton<SignInFactory>();
        services.AddSingleton<MediaUploadFactory>();
    }

    /// <summary>The objects of Core that front ends and silos both need.</summary>
    public static void AddCoreShared(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<EndpointCatalogue>();
        services.TryAddSingleton<ProxyMetrics>();
        services.AddValidatedOptions<TwitterOptions>(TwitterOptions.Section);
        services.AddValidatedOptions<QueueOptions>(QueueOptions.Section); // the front end reports the maximum wait
        services.AddValidatedOptions<MediaOptions>(MediaOptions.Section);
        services.AddValidatedOptions<StreamOptions>(StreamOptions.Section);
    }

    /// <summary>Binds a section of <see cref="KnownSettings"/>, where its names, forms and ranges are checked at start.</summary>
    public static void AddValidatedOptions<TOptions>(this IServiceCollection services, string section)
        where TOptions : class => services.AddOptions<TOptions>().BindConfiguration(section).ValidateOnStart();
}
