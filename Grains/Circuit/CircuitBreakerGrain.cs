using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;
using Orleans.Utilities;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Grains.Cluster;
using OrleansTwitterProxy.Grains.Interfaces.Circuit;
using OrleansTwitterProxy.Grains.Storage;

namespace OrleansTwitterProxy.Grains.Circuit;

/// <summary>
/// Hosts the cluster's one <see cref="CircuitCoordinator"/>, saves what must survive its silo, and pushes changes to the nodes.
/// </summary>
[GrainType("circuit-breaker"), KeepAlive]
public sealed partial class CircuitBreakerGrain : Grain, ICircuitBreakerGrain
{
    private static readonly TimeSpan SubscriptionLifetime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SaveInterval = TimeSpan.FromSeconds(1);

    private readonly GrainRecordStore<CircuitSnapshot> _store;
    private readonly ILogger<CircuitBreakerGrain> _logger;
    private readonly CircuitCoordinator _coordinator;
    private readonly ObserverManager<ICircuitObserver> _observers;
    private bool _changed;
    private long _savedSequence = -1; // saves at least once, so that the next activation gets a later epoch
    private string? _version;

    public CircuitBreakerGrain(
        IGrainContext context,
        IOptions<CircuitOptions> options,
        EndpointCatalogue catalogue,
        TimeProvider timeProvider,
        ILogger<CircuitBreakerGrain> logger
    )
    {
        (_store, _logger) = (new(context, GrainStorageNames.Circuit), logger);
        _observers = new(SubscriptionLifetime, logger);
        _coordinator = new(options.Value, catalogue, timeProvider, (family, circuit) =>
        {
            _changed = true;
            LogChange(family, circuit);
        });
    }

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // Interleaved: a database that hangs must not delay reports and probes.
        this.RegisterGrainTimer(
            SaveIfChangedAsync,
            new GrainTimerCreationOptions
            {
                DueTime = SaveInterval,
                Period = SaveInterval,
                Interleave = true,
            }
        );
        try
        {
            if (await _store.LoadAsync(ICircuitBreakerGrain.Key, cancellationToken) is not { } saved)
                return;
            _version = saved.Version;
            _coordinator.Restore(saved.Record);
        }
        catch (StoreUnavailableException)
        {
            LogUnsaved(); // X's health is learned again within one sampling duration
        }
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => SaveIfChangedAsync();

    public Task<CircuitSnapshot> SubscribeAsync(ICircuitObserver observer)
    {
        _observers.Subscribe(observer, observer);
        return Task.FromResult(_coordinator.Snapshot);
    }

    public Task<CircuitSnapshot> ReportAsync(NodeReport report)
    {
        _coordinator.Apply(report);
        return PublishAsync();
    }

    public async Task<ProbeResult> TryProbeAsync(string family)
    {
        var answer = _coordinator.TryProbe(family);
        await PublishAsync();
        return answer;
    }

    public async Task<CircuitSnapshot> ReportProbeAsync(string probeId, CallOutcome outcome)
    {
        await _coordinator.ReportProbeAsync(probeId, outcome);
        return await PublishAsync();
    }

    public Task<IReadOnlyList<FamilySnapshot>> SnapshotAsync() => Task.FromResult(_coordinator.Families());

    public Task<IReadOnlyList<CircuitChange>> HistoryAsync() => Task.FromResult(_coordinator.History);

    public async Task IsolateAsync(string family)
    {
        await _coordinator.IsolateAsync(family);
        await PublishAsync();
    }

    public async Task CloseAsync(string family)
    {
        await _coordinator.CloseAsync(family);
        await PublishAsync();
    }

    // State changes are rare and pushed at once; they are saved within one second.
    private async Task<CircuitSnapshot> PublishAsync()
    {
        var snapshot = _coordinator.Snapshot;
        if (!_changed)
            return snapshot;
        _changed = false;
        await _observers.Notify(observer => observer.SnapshotChangedAsync(snapshot));
        return snapshot;
    }

    private async Task SaveIfChangedAsync()
    {
        var snapshot = _coordinator.Snapshot;
        if (snapshot.Sequence == _savedSequence)
            return;
        try
        {
            if (await _store.TrySaveAsync(ICircuitBreakerGrain.Key, snapshot, _version, CancellationToken.None) is { } version)
            {
                (_version, _savedSequence) = (version, snapshot.Sequence);
            }
            else
            {
                // An earlier activation has saved its snapshot; this one saves at the next tick.
                _version = (await _store.LoadAsync(ICircuitBreakerGrain.Key, CancellationToken.None))?.Version;
            }
        }
        catch (StoreUnavailableException)
        {
            // The circuit works without the database; only a later activation would miss this state.
            LogUnsaved();
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Circuit of {Family} is now {State} in the whole cluster")]
    private partial void LogChange(string family, CircuitState state);

    // Every second while the store is away, which says so itself.
    [LoggerMessage(Level = LogLevel.Debug, Message = "The circuits' state could not be read or saved; retrying later")]
    private partial void LogUnsaved();
}
