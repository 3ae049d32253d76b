using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Grains.Interfaces.Circuit;
using OrleansTwitterProxy.Grains.Interfaces.Media;
using OrleansTwitterProxy.Grains.Interfaces.Sessions;
using OrleansTwitterProxy.Grains.Interfaces.Streams;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>The cluster from within: a client of Orleans that asks where grains are, and hears what the singleton decides.</summary>
internal sealed class ClusterView : IAsyncDisposable
{
    /// <summary>A question to a silo that is gone has no answer; another one finds the next silo.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ClusterProcesses _cluster;
    private readonly IHost _host;

    private ClusterView(ClusterProcesses cluster, IHost host) => (_cluster, _host) = (cluster, host);

    private IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public static async Task<ClusterView> ConnectAsync(ClusterProcesses cluster)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.UseOrleansClient(client =>
        {
            client.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = ("Npgsql", cluster.Database));
            client.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = ("otp", "otp"));
            client.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(1));
        });
        var host = builder.Build();
        await host.StartAsync();
        return new(cluster, host);
    }

    /// <summary>The name of the silo that hosts an account; null when none does.</summary>
    public Task<string?> HostOfAsync(Account account) => HostOfAsync(Grains.GetGrain<IUserSessionGrain>(account.Id));

    /// <summary>The name of the silo that hosts an upload; null when none does.</summary>
    public Task<string?> HostOfUploadAsync(string uploadId) => HostOfAsync(Grains.GetGrain<IMediaUploadGrain>(uploadId));

    /// <summary>The name of the silo that holds the connection of a stream; null when none does.</summary>
    public Task<string?> HostOfStreamAsync(string name) => HostOfAsync(Grains.GetGrain<IEventStreamGrain>(name));

    private async Task<string?> HostOfAsync(IAddressable grain)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                var address = await Grains.GetGrain<IManagementGrain>(0).GetActivationAddress(grain).AsTask().WaitAsync(Patience);
                return address is null ? null : _cluster.SiloAt(address.Endpoint.Port);
            }
            catch (Exception e) when (e is OrleansException or TimeoutException && tries < 5)
            {
                // The grain that is asked was on a silo that is gone.
            }
        }
    }

    /// <summary>The names of the silos that count as alive.</summary>
    public async Task<List<string>> AliveAsync()
    {
        var hosts = await Grains.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true).WaitAsync(Patience);
        return [.. hosts.Keys.Select(address => _cluster.SiloAt(address.Endpoint.Port)).Order(StringComparer.Ordinal)];
    }

    /// <summary>Waits until the cluster consists of these silos.</summary>
    public Task<TimeSpan> UntilAliveAsync(params string[] silos) =>
        Eventually.TrueAsync($"alive are {string.Join(", ", silos)}", TimeSpan.FromSeconds(30), async () =>
        {
            try
            {
                return (await AliveAsync()).SequenceEqual(silos.Order(StringComparer.Ordinal));
            }
            catch (Exception e) when (e is OrleansException or TimeoutException)
            {
                return false; // the grain that is asked was on the silo that is gone
            }
        });

    /// <summary>Hears every board that the singleton pushes, as a silo does, at the moment of its decision.</summary>
    public async Task SubscribeAsync(ICircuitObserver observer) =>
        await Grains
            .GetGrain<ICircuitBreakerGrain>(ICircuitBreakerGrain.Key)
            .SubscribeAsync(Grains.CreateObjectReference<ICircuitObserver>(observer));

    /// <summary>Messages a grain class has handled, per method and second, over the last 100 s, as the dashboard counts them.</summary>
    public async Task<Dictionary<(string Method, string Second), long>> HandledAsync(Type grainClass)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = _cluster.Http(2) };
        http.DefaultRequestHeaders.Add("X-Admin-Key", "dev-admin");
        var methods = JsonElement.Parse(await http.GetStringAsync($"/dashboard/GrainStats/{grainClass.FullName}"));
        return methods
            .EnumerateObject()
            .SelectMany(method =>
                method
                    .Value.EnumerateObject()
                    .Select(second =>
                        (
                            Method: method.Name[(method.Name.LastIndexOf('.') + 1)..],
                            Second: second.Name,
                            Count: second.Value.GetProperty("count").GetInt64()
                        )
                    )
            )
            .ToDictionary(entry => (entry.Method, entry.Second), entry => entry.Count);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}

/// <summary>Notes when the singleton decided what.</summary>
internal sealed class BoardLog : ICircuitObserver
{
    private readonly Lock _lock = new();
    private readonly List<(DateTimeOffset At, CircuitSnapshot Board)> _boards = [];

    public Task SnapshotChangedAsync(CircuitSnapshot board)
    {
        lock (_lock)
            _boards.Add((TimeProvider.System.GetUtcNow(), board));
        return Task.CompletedTask;
    }

    /// <summary>When a family was first pushed in a state; null when it has not been.</summary>
    public DateTimeOffset? FirstAt(Func<CircuitSnapshot, bool> condition)
    {
        lock (_lock)
            return _boards.Where(each => condition(each.Board)).Select(each => (DateTimeOffset?)each.At).FirstOrDefault();
    }
}
