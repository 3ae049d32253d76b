using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>
/// What the singleton hosts: every family's circuit and the app-wide windows. Not thread-safe: its host lets one turn in at a time.
/// </summary>
public sealed class CircuitCoordinator
{
    private readonly EndpointCatalogue _catalogue;
    private readonly TimeProvider _timeProvider;
    private readonly FamilyCircuits _circuits;
    private readonly Dictionary<string, CircuitPermit> _probes = new(StringComparer.Ordinal);
    private readonly LimitTable _appLimits = LimitTable.ForApp();
    private long _epoch;
    private long _sequence;

    /// <param name="options">When X counts as ill.</param>
    /// <param name="catalogue">For the first guesses of the app-wide windows.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="onChange">Told of every change of a family's state.</param>
    public CircuitCoordinator(
        CircuitOptions options,
        EndpointCatalogue catalogue,
        TimeProvider timeProvider,
        Action<string, CircuitState> onChange
    )
    {
        (_catalogue, _timeProvider) = (catalogue, timeProvider);
        _epoch = timeProvider.GetUtcNow().UtcTicks;
        _circuits = new(options, timeProvider, (family, state) =>
        {
            _sequence++;
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

    /// <summary>Plays a node's outcomes through the circuits and takes over what it learned of the app-wide windows.</summary>
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
        var permit = _circuits.Enter(family, isSafe: true); // the node has seen to it that a write asks late
        if (!permit.Allowed)
            return new(null, permit.RetryAfter, Snapshot);
        if (permit.Probe is null)
            return new(null, TimeSpan.Zero, Snapshot); // closed meanwhile: nothing to probe
        foreach (var (held, _) in _probes.Where(probe => probe.Value.Family == family).ToList())
            _probes.Remove(held); // its lease has ended
        var id = Guid.NewGuid().ToString("N");
        _probes[id] = permit;
        return new(id, null, Snapshot);
    }

    /// <summary>Takes a probe's end in; the snapshot shows it when the task has ended.</summary>
    public Task ReportProbeAsync(string probeId, CallOutcome outcome) =>
        _probes.Remove(probeId, out var permit) ? _circuits.ReportAsync(permit, outcome) : Task.CompletedTask;

    public IReadOnlyList<FamilySnapshot> Families() => _circuits.Snapshot();

    /// <inheritdoc cref="ICircuitControl.IsolateAsync"/>
    public Task IsolateAsync(string family) => _circuits.IsolateAsync(family);

    /// <inheritdoc cref="ICircuitControl.CloseAsync"/>
    public Task CloseAsync(string family) => _circuits.CloseAsync(family);

    /// <summary>Takes over what an earlier activation had saved.</summary>
    public void Restore(CircuitSnapshot saved)
    {
        _epoch = Math.Max(_epoch, saved.Epoch + 1); // the nodes heed the newest only, and this silo's clock may be behind the last one's
        _circuits.Restore(saved.Families);
        _appLimits.Learn(saved.AppWindows, _catalogue, _timeProvider.GetUtcNow());
    }
}
