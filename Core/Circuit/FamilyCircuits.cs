using System.Collections.Concurrent;

namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>
/// All families' circuits and the overall circuit, which each call passes first. The overall circuit opens when X fails everywhere, so a
/// family with little traffic does not have to detect this by itself. The coordinator decides with it. Thread-safe.
/// </summary>
internal sealed class FamilyCircuits
{
    private readonly ConcurrentDictionary<string, FamilyCircuit> _families = new(StringComparer.Ordinal);
    private readonly FamilyCircuit _overall;
    private readonly CircuitOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly Action<string, CircuitState> _onChange;

    public FamilyCircuits(CircuitOptions options, TimeProvider timeProvider, Action<string, CircuitState> onChange)
    {
        (_options, _timeProvider, _onChange) = (options, timeProvider, onChange);
        _overall = new(CircuitOptions.Overall, options.ForOverall(), timeProvider, onChange);
    }

    public IEnumerable<FamilyState> States => All.Select(circuit => circuit.State());

    public CircuitPermit Enter(string family, bool isSafe)
    {
        var overall = _overall.Enter(isSafe);
        if (!overall.Allowed)
            return overall;
        var own = Of(family).Enter(isSafe);
        if (overall.Probe is null && own.Probe is null)
            return own;
        if (own.Allowed)
            return new(family, Allowed: true, Probe: new Probes(overall, own));
        _ = _overall.ReportAsync(overall, CallOutcome.Unknown); // passes the overall probe on to a family that lets its call through
        return own;
    }

    /// <summary>The refusal that <see cref="Enter"/> would give a call now; has no effect.</summary>
    public CircuitPermit? Peek(string family, bool isSafe) =>
        Refusal(_overall, isSafe) ?? (_families.TryGetValue(family, out var own) ? Refusal(own, isSafe) : null);

    /// <summary>Records an outcome; see <see cref="FamilyCircuit.ReportAsync"/> for when this takes effect.</summary>
    public Task ReportAsync(CircuitPermit permit, CallOutcome outcome)
    {
        var (overall, own) = permit.Probe is Probes probes ? (probes.Overall, probes.Own) : (permit, permit);
        var told = _overall.ReportAsync(overall, outcome);
        var toldOwn = Of(permit.Family).ReportAsync(own, outcome);
        return told.IsCompletedSuccessfully ? toldOwn : Task.WhenAll(told, toldOwn);
    }

    /// <summary>
    /// Restores a predecessor's saved state: open circuits are open again for a new break, isolated circuits stay isolated.
    /// </summary>
    public void Restore(IEnumerable<FamilyState> saved)
    {
        foreach (var (family, state, _) in saved)
        {
            if (state is CircuitState.Isolated)
                _ = Of(family).IsolateAsync();
            else
                Of(family).Reopen();
        }
    }

    public Task IsolateAsync(string family) => Of(family).IsolateAsync();

    public Task CloseAsync(string family) => Of(family).CloseAsync();

    public IReadOnlyList<FamilySnapshot> Snapshot() =>
        [.. All.Select(circuit => circuit.Snapshot()).OrderBy(snapshot => snapshot.Family, StringComparer.Ordinal)];

    private CircuitPermit? Refusal(FamilyCircuit circuit, bool isSafe) =>
        circuit.State() is { State: not CircuitState.Closed } state
            ? state.Refusal(isSafe, _options.BreakDuration, _timeProvider.GetUtcNow())
            : null;

    private IEnumerable<FamilyCircuit> All => _families.Values.Prepend(_overall);

    private FamilyCircuit Of(string family) =>
        family == CircuitOptions.Overall
            ? _overall
            : _families.GetOrAdd(family, static (name, self) => new(name, self._options, self._timeProvider, self._onChange), this);

    private sealed record Probes(CircuitPermit Overall, CircuitPermit Own);
}
