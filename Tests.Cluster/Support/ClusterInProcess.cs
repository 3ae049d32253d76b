using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.Placement;
using Orleans.Storage;
using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Grains.Interfaces.Circuit;
using OrleansTwitterProxy.Grains.Interfaces.Sessions;
using OrleansTwitterProxy.Grains.Storage;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Silo.Hosting;
using ClusterOptions = OrleansTwitterProxy.Api.Cluster.ClusterOptions;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>
/// Several silos in this process, each the real one with its own front end. Where a cluster has PostgreSQL they share objects of this
/// process, which outlive them as the database would.
/// </summary>
internal sealed class ClusterInProcess : IAsyncDisposable
{
    private readonly SharedMembership _membership = new();
    private readonly SharedKeyRing _keys = new();
    private readonly Dictionary<string, string> _settings;

    private ClusterInProcess(SandboxServer x, Dictionary<string, string> settings) => (X, _settings) = (x, settings);

    public SandboxServer X { get; }

    public SharedStorage Storage { get; } = new();

    public SharedReminders Reminders { get; } = new() { FromTheStart = true };

    /// <summary>The silos that live.</summary>
    public List<ProxyHost> Nodes { get; } = [];

    public static async Task<ClusterInProcess> StartAsync(int silos, params (string Name, string Value)[] settings)
    {
        var cluster = new ClusterInProcess(
            await SandboxServer.StartAsync(new() { Url = "http://127.0.0.1:0" }),
            settings.Append(("Cluster:ProbeInterval", "00:00:00.200")).ToDictionary(setting => setting.Item1, setting => setting.Item2)
        );
        for (var i = 0; i < silos; i++)
            await cluster.AddSiloAsync();
        return cluster;
    }

    public async Task<ProxyHost> AddSiloAsync()
    {
        var node = await ProxyHost.StartAsync(
            new()
            {
                Sandbox = X,
                Settings = _settings,
                Customize = builder =>
                {
                    var port = FreePorts.Next();
                    builder.UseOrleans(silo =>
                    {
                        silo.UseManySilos(builder.Configuration.GetSection(ClusterOptions.Section).Get<ClusterOptions>()!);
                        silo.Configure<EndpointOptions>(options => (options.SiloPort, options.SiloListeningEndpoint) = (port, null));
                    });
                    builder.Services.AddSingleton<IMembershipTable>(_membership);
                    builder.Services.AddSingleton(Storage);
                    builder.Services.AddSingleton<IReminderTable>(Reminders);
                    builder.Services.PostConfigure<KeyManagementOptions>(options => options.XmlRepository = _keys);
                    foreach (var name in GrainStorageNames.All)
                    {
                        builder.Services.AddKeyedSingleton<IGrainStorage>(name, Storage);
                    }
                },
            }
        );
        Nodes.Add(node);
        return node;
    }

    /// <summary>The silo stops as if it had crashed: nothing is handed over, nobody is told.</summary>
    public async Task KillAsync(ProxyHost node)
    {
        Nodes.Remove(node);
        try
        {
            await node.Services.GetRequiredService<IHost>().StopAsync(new CancellationToken(canceled: true));
        }
        catch (Exception e) when (e is OperationCanceledException or AggregateException)
        {
            // It was not given the time to stop in order.
        }

        await node.DisposeAsync();
    }

    /// <summary>A client of the same session at another node.</summary>
    public HttpClient At(ProxyHost node, SignedIn session)
    {
        var client = node.NewClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", session.Token);
        return client;
    }

    /// <summary>Signs an account in on every silo.</summary>
    /// <returns>One session per silo, in the order of <see cref="Nodes"/>.</returns>
    public async Task<SignedIn[]> OnePerSiloAsync()
    {
        List<SignedIn> sessions = [];
        foreach (var node in Nodes)
        {
            // The placement hint counts once the others know that the silo is there.
            var (name, accounts) = ("", 0);
            await Eventually.TrueAsync("an account is on the silo", TimeSpan.FromSeconds(20), async () =>
            {
                name = $"account{sessions.Count}_{accounts++}";
                RequestContext.Set(IPlacementDirector.PlacementHintKey, node.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress);
                await node
                    .Services.GetRequiredService<IGrainFactory>()
                    .GetGrain<IUserSessionGrain>(X.Accounts.IdOf(name))
                    .GetAsync("none yet", CancellationToken.None);
                RequestContext.Clear();
                return await HostOfAccountAsync(X.Accounts.IdOf(name)) == node;
            });
            sessions.Add(await node.SignInAsync(name));
        }

        return [.. sessions];
    }

    public Task<ProxyHost> HostOfCircuitAsync() => HostOfAsync(grains => grains.GetGrain<ICircuitBreakerGrain>(ICircuitBreakerGrain.Key));

    public Task<ProxyHost> HostOfAccountAsync(string accountId) => HostOfAsync(grains => grains.GetGrain<IUserSessionGrain>(accountId));

    /// <summary>Looks every 20 ms, for 20 s, until something is so.</summary>
    /// <returns>How long it took.</returns>
    public static async Task<TimeSpan> UntilAsync(string what, Func<bool> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(20), $"Not within 20 s: {what}");
            await timer.WaitForNextTickAsync();
        }

        return TimeProvider.System.GetElapsedTime(started);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
            await node.DisposeAsync();
        await X.DisposeAsync();
    }

    private async Task<ProxyHost> HostOfAsync(Func<IGrainFactory, IAddressable> find)
    {
        var grains = Nodes[0].Services.GetRequiredService<IGrainFactory>();
        var address = await grains.GetGrain<IManagementGrain>(0).GetActivationAddress(find(grains));
        return Nodes.Single(node => node.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress.Equals(address));
    }
}

internal static class CircuitOfNode
{
    /// <summary>A node's own copy of the circuits.</summary>
    public static NodeCircuit Circuit(this ProxyHost node) => node.Services.GetRequiredService<NodeCircuit>();
}
