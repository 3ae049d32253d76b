using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>
/// Decides about circuits: every family's circuit and the app-wide windows. Hosted by the singleton grain. Not thread-safe: the host runs
/// one turn at a time.
/// </summary>
public sealed class CircuitCoordinator
{
    private readonly EndpointCatalogue _catalogue;
    private readonly TimeProvider _timeProvider;
    private readonly FamilyCircuits _circuits;
    private readonly CircuitHistory _history;
    private readonly Dictionary<string, CircuitPermit> _probes = new(StringComparer.Ordinal);
    private readonly LimitTable _appLimits = LimitTable.ForApp();
    private long _epoch;
    private long _sequence;

    /// <param name="options">When a circuit opens and closes.</param>
    /// <param name="catalogue">For the initial values of the app-wide windows.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="onChange">Called on every change of a circuit's state.</param>
    public CircuitCoordinator(
        CircuitOptions options,
        EndpointCatalogue catalogue,
        TimeProvider timeProvider,
        Action<string, CircuitState> onChange
    )
    {
        (_catalogue, _timeProvider, _history) = (catalogue, timeProvider, new(timeProvider));
        _epoch = timeProvider.GetUtcNow().UtcTicks;
        _circuits = new(options, timeProvider, (family, state) =>
        {
            _sequence++;
            _history.Add(family, state);
            onChange(family, state);
        });
    }

    public CircuitSnapshot Snapshot
    {
        get
        {
            var now = _timeProvider.GetUtcNow();
            return new(
                _epoch,
                _sequence,
                [.. _circuits.States.Where(state => state.State is not CircuitState.Closed)],
                _appLimits.Readings(now)
            );
        }
    }

    /// <summary>Applies a node's outcomes to the circuits and its readings to the app-wide windows.</summary>
    public void Apply(NodeReport report)
    {
        foreach (var tally in report.Tallies)
        {
            var closed = new CircuitPermit(tally.Family, Allowed: true);
            for (var i = 0; i < tally.Healthy; i++)
                _ = _circuits.ReportAsync(closed, CallOutcome.Healthy);
            for (var i = 0; i < tally.Faulted; i++)
                _ = _circuits.ReportAsync(closed, CallOutcome.Faulted);
        }

        if (report.AppWindows.Length == 0)
            return;
        _appLimits.Learn(report.AppWindows, _catalogue, _timeProvider.GetUtcNow());
        _sequence++;
    }

    public ProbeResult TryProbe(string family)
    {
        var permit = _circuits.Enter(family, isSafe: true); // the node itself delays a probe by a write
        if (!permit.Allowed)
            return new(null, permit.RetryAfter, Snapshot);
        if (permit.Probe is null)
            return new(null, TimeSpan.Zero, Snapshot); // closed in the meantime: no probe needed
        foreach (var (held, _) in _probes.Where(probe => probe.Value.Family == family).ToList())
            _probes.Remove(held); // its lease has expired
        var id = Guid.NewGuid().ToString("N");
        _probes[id] = permit;
        return new(id, null, Snapshot);
    }

    /// <summary>Records the outcome of a probe; the snapshot includes it when the task has completed.</summary>
    public Task ReportProbeAsync(string probeId, CallOutcome outcome) =>
        _probes.Remove(probeId, out var permit) ? _circuits.ReportAsync(permit, outcome) : Task.CompletedTask;

    public IReadOnlyList<FamilySnapshot> Families() => _circuits.Snapshot();

    /// <inheritdoc cref="ICircuitControl.HistoryAsync"/>
    public IReadOnlyList<CircuitChange> History => _history.Changes;

    /// <inheritdoc cref="ICircuitControl.IsolateAsync"/>
    public Task IsolateAsync(string family) => _circuits.IsolateAsync(family);

    /// <inheritdoc cref="ICircuitControl.CloseAsync"/>
    public Task CloseAsync(string family) => _circuits.CloseAsync(family);

    /// <summary>Restores the state that an earlier activation saved.</summary>
    public void Restore(CircuitSnapshot saved)
    {
        _epoch = Math.Max(_epoch, saved.Epoch + 1); // nodes accept only the newest epoch, and this silo's clock may be behind
        _circuits.Restore(saved.Families);
        _appLimits.Learn(saved.AppWindows, _catalogue, _timeProvider.GetUtcNow());
    }
}
