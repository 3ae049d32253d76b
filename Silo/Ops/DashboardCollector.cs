using Orleans.Dashboard;
using Orleans.Runtime;

namespace OrleansTwitterProxy.Silo.Ops;

/// <summary>
/// The part of the dashboard's package that collects: it activates the dashboard's grains and makes Orleans count every message. The
/// package starts it with the silo, as a hosted service and as a participant of the silo's lifecycle; here it starts at the first request.
/// </summary>
internal sealed class DashboardCollector(IHostedService host) : ISiloLifecycle
{
    private readonly List<ILifecycleObserver> _starts = [];

    public int HighestCompletedStage => ServiceLifecycleStage.Active;

    public int LowestStoppedStage => int.MaxValue;

    /// <summary>Registers the dashboard with its collector not started.</summary>
    /// <exception cref="InvalidOperationException">The package registers something else than Orleans 10.4.2 does.</exception>
    public static void Register(ISiloBuilder silo)
    {
        var services = silo.Services;
        var before = services.Count;
        silo.AddDashboard(options => options.HideTrace = true);
        var added = services.Skip(before).ToList();
        var hosted = added.Single(service => service.ServiceType == typeof(IHostedService)).ImplementationFactory!;
        services.AddSingleton(provider => new DashboardCollector((IHostedService)hosted(provider)));
        foreach (var service in added.Where(service => service.ServiceType == typeof(IHostedService)))
            services.Remove(service);
        foreach (var service in added.Where(service => service.ServiceType == typeof(ILifecycleParticipant<ISiloLifecycle>)))
        {
            services.Remove(service);
            services.AddSingleton(provider =>
                service.ImplementationFactory!(provider) is ILifecycleParticipant<ISiloLifecycle> participant and not IHostedService
                    ? participant
                    : NoParticipant.Instance
            );
        }
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        ((ILifecycleParticipant<ISiloLifecycle>)host).Participate(this);
        foreach (var observer in _starts)
            await observer.OnStart(cancellationToken);
        await host.StartAsync(cancellationToken);
    }

    IDisposable ILifecycleObservable.Subscribe(string observerName, int stage, ILifecycleObserver observer)
    {
        _starts.Add(observer);
        return NoParticipant.Instance;
    }

    private sealed class NoParticipant : ILifecycleParticipant<ISiloLifecycle>, IDisposable
    {
        public static readonly NoParticipant Instance = new();

        public void Participate(ISiloLifecycle lifecycle) { }

        public void Dispose() { }
    }
}
