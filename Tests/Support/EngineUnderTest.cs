using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansTwitterProxy.Api.Standalone;
using OrleansTwitterProxy.Core.Engine;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>
/// Which engine the tests of Tests.Contract run on: here the embedded one. Tests.Cluster has an EngineUnderTest of its own with the same
/// members; what a contract test needs of an engine beyond HTTP goes through them.
/// </summary>
internal static class EngineUnderTest
{
    public static Task<WebApplication> BuildAsync(string[] args, Action<WebApplicationBuilder> customize) => StandaloneApplication.BuildAsync(args, customize);

    /// <summary>Waits until what the engine's nodes tell each other has arrived. Here there is one, and nobody to tell.</summary>
    public static Task SettleAsync(IServiceProvider services) => Task.CompletedTask;

    /// <summary>A round of care for every account.</summary>
    public static Task CareAsync(IServiceProvider services) => services.GetRequiredService<StandaloneEngine>().CareAsync(TimeSpan.FromMinutes(10));

    /// <summary>A round of care for every upload, those included that an earlier process left unfinished.</summary>
    public static Task CareForUploadsAsync(IServiceProvider services) =>
        services.GetServices<IHostedService>().OfType<StandaloneCare>().Single().CareForUploadsAsync(CancellationToken.None);

    /// <summary>Ends the care that the engine sees to by itself.</summary>
    public static void WithoutCare(WebApplicationBuilder builder) =>
        builder.Services.Remove(builder.Services.Single(service => service.ImplementationType == typeof(StandaloneCare)));

    /// <summary>The store as another process would use it, behind the accounts' backs.</summary>
    public static IRecordStore<TRecord> Store<TRecord>(IServiceProvider services)
        where TRecord : class =>
        services.GetRequiredService<IRecordStore<TRecord>>();

    /// <summary>Puts a <see cref="TappedStore{TRecord}"/> between the accounts and their store.</summary>
    public static void TapStore<TRecord>(WebApplicationBuilder builder, Action<TappedStore<TRecord>>? prepare)
        where TRecord : class
    {
        builder.Services.AddSingleton(provider =>
        {
            var store = new TappedStore<TRecord>(provider.GetRequiredService<SqliteRecordStore<TRecord>>());
            prepare?.Invoke(store);
            return store;
        });
        builder.Services.AddSingleton<IRecordStore<TRecord>>(provider => provider.GetRequiredService<TappedStore<TRecord>>());
    }
}
