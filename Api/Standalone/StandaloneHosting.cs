using Microsoft.AspNetCore.DataProtection;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Api.Ops;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Engine;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.SignIn;

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
        services.AddSingleton(_ => folder); // by factory, so that the container disposes of it, and after the database that asks for it
        services.AddDataProtection().PersistKeysToFileSystem(new(folder.KeysPath));
        services.AddSingleton(provider => new SqliteDatabase(
            provider.GetRequiredService<DataFolder>().DatabasePath, provider.GetRequiredService<ILogger<SqliteDatabase>>()));
        services.AddSqliteStore<SessionRecord>("sessions");
        services.AddSqliteStore<SignInRecord>("sign_ins");
        services.AddSqliteStore<IdempotencyRecord>("keyed_writes");
        services.AddSqliteStore<UploadRecord>("uploads");
        services.AddCore();
        services.AddSingleton<LocalCircuit>();
        services.AddSingleton<ICircuit>(provider => provider.GetRequiredService<LocalCircuit>());
        services.AddSingleton<IClientLimits, LocalClientLimits>();
        services.AddSingleton<StandaloneEngine>();
        services.AddSingleton<IEngine>(provider => provider.GetRequiredService<StandaloneEngine>());
        services.AddHostedService<StandaloneCare>();
        services.AddHealthChecks().AddCheck<SqliteHealth>("database", tags: [HealthEndpoints.ReadyTag]);
    }

    // As itself for the engine's own sweeps, and as the port for Core.
    private static void AddSqliteStore<TRecord>(this IServiceCollection services, string table)
        where TRecord : class
    {
        services.AddSingleton(provider => new SqliteRecordStore<TRecord>(provider.GetRequiredService<SqliteDatabase>(), table));
        services.AddSingleton<IRecordStore<TRecord>>(provider => provider.GetRequiredService<SqliteRecordStore<TRecord>>());
    }
}
