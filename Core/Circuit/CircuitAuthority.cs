using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>What the singleton hosts: every family's circuit and the app-wide windows. Not thread-safe: its host lets one turn in at a time.</summary>
public sealed class CircuitAuthority
{
    private readonly CircuitOptions _options;
    private readonly EndpointCatalogue _catalogue;
    private readonly TimeProvider _timeProvider;
    private readonly Action<string, CircuitState> _onChange;
    private readonly Dictionary<string, FamilyCircuit> _families = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CircuitPermit> _probes = new(StringComparer.Ordinal);
    private readonly LimitTable _appLimits = LimitTable.ForApp();
    private long _epoch;
    private long _sequence;

    /// <param name="options">When X counts as ill.</param>
    /// <param name="catalogue">For the first guesses of the app-wide windows.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="onChange">Told of every change of a family's state.</param>
    public CircuitAuthority(CircuitOptions options, EndpointCatalogue catalogue, TimeProvider timeProvider, Action<string, CircuitState> onChange)
    {
        (_options, _catalogue, _timeProvider) = (options, catalogue, timeProvider);
        _epoch = timeProvider.GetUtcNow().UtcTicks;
        _onChange = (family, state) =>
        {
            _sequence++;
            onChange(family, state);
        };
    }

    public CircuitBoard Board
    {
        get
        {
            var now = _timeProvider.GetUtcNow();
            return new(
                _epoch,
                _sequence,
                [.. _families.Values.Select(circuit => circuit.State()).Where(state => state.State is not CircuitState.Closed)],
                _appLimits.Readings(now));
        }
    }

    /// <summary>Plays a node's outcomes through the circuits and takes over what it learned of the app-wide windows.</summary>
    public void Apply(NodeReport report)
    {
        foreach (var tally in report.Tallies)
        {
            var circuit = Of(tally.Family);
            var closed = new CircuitPermit(tally.Family, Allowed: true);
            for (var i = 0; i < tally.Healthy; i++) _ = circuit.ReportAsync(closed, CallOutcome.Healthy);
            for (var i = 0; i < tally.Faulted; i++) _ = circuit.ReportAsync(closed, CallOutcome.Faulted);
        }

        if (report.AppWindows.Count == 0) return;
        _appLimits.Learn(report.AppWindows, _catalogue, _timeProvider.GetUtcNow());
        _sequence++;
    }

    public ProbeAnswer TryProbe(string family)
    {
        var permit = Of(family).Enter();
        if (!permit.Allowed) return new(null, permit.RetryAfter, Board);
        if (permit.Probe is null) return new(null, TimeSpan.Zero, Board); // closed meanwhile: nothing to probe
        foreach (var (held, _) in _probes.Where(probe => probe.Value.Family == family).ToList()) _probes.Remove(held); // its lease has ended
        var id = Guid.NewGuid().ToString("N");
        _probes[id] = permit;
        return new(id, null, Board);
    }

    /// <summary>Takes a probe's end in; the board tells of it when the task has ended.</summary>
    public Task ReportProbeAsync(string probeId, CallOutcome outcome) =>
        _probes.Remove(probeId, out var permit) ? Of(permit.Family).ReportAsync(permit, outcome) : Task.CompletedTask;

    /// <summary>Takes over what an earlier activation had saved: what was open is open again, for another break.</summary>
    public void Restore(CircuitBoard saved)
    {
        _epoch = Math.Max(_epoch, saved.Epoch + 1); // the nodes heed the newest only, and this silo's clock may be behind the last one's
        foreach (var family in saved.Families) Of(family.Family).Reopen(_options.MinimumThroughput);
        _appLimits.Learn(saved.AppWindows, _catalogue, _timeProvider.GetUtcNow());
    }

    private FamilyCircuit Of(string family)
    {
        if (!_families.TryGetValue(family, out var circuit)) _families[family] = circuit = new(family, _options, _timeProvider, _onChange);
        return circuit;
    }
}
