using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>
/// A cluster node's copy of the coordinator's snapshot: answers every call from memory and counts outcomes for the next report. The host
/// decides when to call <see cref="TakeReport"/> and <see cref="Absorb"/>. Thread-safe.
/// </summary>
public sealed class NodeCircuit(
    ICircuitCoordinator coordinator,
    LimitTable appLimits,
    EndpointCatalogue catalogue,
    IOptions<CircuitOptions> options,
    TimeProvider timeProvider
) : ICircuit
{
    /// <summary>Number of faults after which the host reports at once, without waiting for the next tick.</summary>
    private const int UrgentFaults = 10;

    private readonly ConcurrentDictionary<string, Tally> _tallies = new(StringComparer.Ordinal);

    // UTC ticks: at most one probe request per family at a time.
    private readonly ConcurrentDictionary<string, long> _askAgainAt = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private volatile CircuitSnapshot _snapshot = CircuitSnapshot.Empty;
    private int _unreportedFaults;

    /// <summary>Released when a report should not wait for the next tick.</summary>
    public SemaphoreSlim Urgent { get; } = new(0, 1);

    public CircuitSnapshot Snapshot => _snapshot;

    public async ValueTask<CircuitPermit> EnterAsync(string family, bool isSafe, CancellationToken cancellationToken)
    {
        if (_snapshot.Families.Length == 0)
            return new(family, Allowed: true);
        if (Refusal(CircuitOptions.Overall, isSafe) is { } closedOff)
            return closedOff;
        if (Refusal(family, isSafe) is { } refused)
            return refused;
        if (IsClosed(family))
            return new(family, Allowed: true);
        if (!MayAsk(family, timeProvider.GetUtcNow()))
            return CircuitPermit.Refused(family, TimeSpan.Zero);
        if (await AskAsync(family, cancellationToken) is not { } answer)
            return CircuitPermit.Refused(family, TimeSpan.Zero);
        Absorb(answer.Snapshot);
        if (answer.ProbeId is { } id)
            return new(family, Allowed: true, Probe: id);
        return IsClosed(family) ? new(family, Allowed: true) : CircuitPermit.Refused(family, answer.RetryAfter ?? TimeSpan.Zero);
    }

    public CircuitPermit? Peek(string family, bool isSafe) => Refusal(CircuitOptions.Overall, isSafe) ?? Refusal(family, isSafe);

    public void Report(CircuitPermit permit, CallOutcome outcome)
    {
        if (permit.Probe is string probeId)
        {
            _ = ReportProbeAsync(probeId, outcome);
            return;
        }

        if (outcome is CallOutcome.Unknown)
            return;
        var tally = _tallies.GetOrAdd(permit.Family, static _ => new());
        if (outcome is CallOutcome.Healthy)
        {
            Interlocked.Increment(ref tally.Healthy);
            return;
        }

        Interlocked.Increment(ref tally.Faulted);
        if (Interlocked.Increment(ref _unreportedFaults) == UrgentFaults)
            SignalUrgent();
    }

    /// <summary>What has been counted since the last report; null when there is nothing to report.</summary>
    public NodeReport? TakeReport()
    {
        Interlocked.Exchange(ref _unreportedFaults, 0);
        List<FamilyTally> tallies = [];
        foreach (var (family, tally) in _tallies)
        {
            var (healthy, faulted) = (Interlocked.Exchange(ref tally.Healthy, 0), Interlocked.Exchange(ref tally.Faulted, 0));
            if (healthy + faulted > 0)
                tallies.Add(new(family, healthy, faulted));
        }

        return tallies.Count == 0 ? null : new([.. tallies], appLimits.Readings(timeProvider.GetUtcNow()));
    }

    /// <summary>
    /// Puts back a report that could not be delivered, so that a burst of faults is not lost while the coordinator moves.
    /// </summary>
    public void GiveBack(NodeReport report)
    {
        foreach (var (family, healthy, faulted) in report.Tallies)
        {
            var tally = _tallies.GetOrAdd(family, static _ => new());
            Interlocked.Add(ref tally.Healthy, healthy);
            Interlocked.Add(ref tally.Faulted, faulted);
        }
    }

    /// <summary>Accepts a snapshot, unless it is older than the current one.</summary>
    public void Absorb(CircuitSnapshot snapshot)
    {
        lock (_lock)
        {
            if (!snapshot.IsNewerThan(_snapshot))
                return;
            _snapshot = snapshot;
        }

        appLimits.Learn(snapshot.AppWindows, catalogue, timeProvider.GetUtcNow());
    }

    // The decision of one circuit of the snapshot: refused, or null when it is closed or a probe is due.
    private CircuitPermit? Refusal(string family, bool isSafe) =>
        Find(family)?.Refusal(isSafe, options.Value.BreakDuration, timeProvider.GetUtcNow());

    private bool IsClosed(string family) => Find(CircuitOptions.Overall) is null && Find(family) is null;

    private FamilyState? Find(string family)
    {
        foreach (var state in _snapshot.Families)
        {
            if (state.Family == family)
                return state;
        }

        return null;
    }

    // While a family is half-open every call would request the probe: at most one per second and node does.
    private bool MayAsk(string family, DateTimeOffset now)
    {
        var next = (now + TimeSpan.FromSeconds(1)).UtcTicks;
        var may = false;
        _askAgainAt.AddOrUpdate(
            family,
            _ =>
            {
                may = true;
                return next;
            },
            (_, at) =>
            {
                may = now.UtcTicks >= at;
                return may ? next : at;
            }
        );
        return may;
    }

    // Null while the coordinator is moving: the family stays refused, and a call in the next second asks again.
    private async Task<ProbeResult?> AskAsync(string family, CancellationToken cancellationToken)
    {
        try
        {
            return await coordinator.TryProbeAsync(family).WaitAsync(cancellationToken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task ReportProbeAsync(string probeId, CallOutcome outcome)
    {
        try
        {
            Absorb(await coordinator.ReportProbeAsync(probeId, outcome));
        }
        catch (Exception)
        {
            // The coordinator is moving: the probe's lease expires, and another call probes.
        }
    }

    private void SignalUrgent()
    {
        try
        {
            Urgent.Release();
        }
        catch (SemaphoreFullException)
        {
            // Already signalled.
        }
    }

    private sealed class Tally
    {
        public int Healthy;
        public int Faulted;
    }
}
