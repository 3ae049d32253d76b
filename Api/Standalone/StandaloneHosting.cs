using Microsoft.AspNetCore.DataProtection;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Api.Ops;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Engine;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Api.Standalone;

/// <summary>Registers the embedded engine: everything in one process, on one folder.</summary>
public static class StandaloneHosting
{
    /// <exception cref="StartupException">The data folder cannot be used, or another process uses it.</exception>
    public static void AddStandaloneEngine(this WebApplicationBuilder builder)
    {
        var path = builder.Configuration[$"{ProxyOptions.Section}:{nameof(ProxyOptions.DataPath)}"] ?? new ProxyOptions().DataPath;
        var folder = DataFolder.Open(path);
        var services = builder.Services;
        services.AddSingleton(_ => folder); // by factory, so that the container disposes of it: last, as it was made first
        services.AddDataProtection().PersistKeysToFileSystem(new(folder.KeysPath));
        services.AddSingleton(provider => new SqliteDatabase(folder.DatabasePath, provider.GetRequiredService<ILogger<SqliteDatabase>>()));
        services.AddSingleton<IRecordStore<SessionRecord>>(provider => new SqliteRecordStore<SessionRecord>(provider.GetRequiredService<SqliteDatabase>(), "sessions"));
        services.AddSingleton<IRecordStore<SignInRecord>>(provider => new SqliteRecordStore<SignInRecord>(provider.GetRequiredService<SqliteDatabase>(), "sign_ins"));
        services.AddCore();
        services.AddSingleton<ICircuit, LocalCircuit>();
        services.AddSingleton<StandaloneEngine>();
        services.AddSingleton<IEngine>(provider => provider.GetRequiredService<StandaloneEngine>());
        services.AddHostedService<StandaloneCare>();
        services.AddHealthChecks().AddCheck<SqliteHealth>("database", tags: [HealthEndpoints.ReadyTag]);
    }

    /// <summary>Core's objects that an engine hosts, whichever it is.</summary>
    public static void AddCore(this IServiceCollection services)
    {
        services.AddValidatedOptions<UserSessionOptions>(UserSessionOptions.Section);
        services.AddValidatedOptions<SignInOptions>(SignInOptions.Section);
        services.AddValidatedOptions<CircuitOptions>(CircuitOptions.Section);
        services.AddSingleton(provider => TwitterHttp.Create(provider.GetRequiredService<Microsoft.Extensions.Options.IOptions<TwitterOptions>>()));
        services.AddSingleton<TwitterClient>();
        services.AddSingleton<TokenEndpoint>();
        services.AddSingleton<SignInAtTwitter>();
        services.AddSingleton<TokenVault>();
        services.AddSingleton(LimitTable.ForApp()); // the one table of the process that all its accounts share
        services.AddSingleton<UserSessionFactory>();
        services.AddSingleton<SignInFactory>();
    }
}
