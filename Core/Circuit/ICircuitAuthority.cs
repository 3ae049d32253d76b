namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>
/// The cluster's one owner of X's health, as its nodes reach it. No ordinary call waits for it: nodes answer from their copy of its board,
/// report in batches, and ask only to probe.
/// </summary>
public interface ICircuitAuthority
{
    /// <summary>Takes a batch of outcomes. Not idempotent, but a batch counted twice leaves the ratio of failures as it is.</summary>
    /// <returns>The board after it.</returns>
    Task<CircuitBoard> ReportAsync(NodeReport report);

    /// <summary>Asks for the half-open probe of a family. The probe is leased for the break duration: one that hangs is passed on.</summary>
    Task<ProbeAnswer> TryProbeAsync(string family);

    /// <summary>Tells how a probe ended. A late or unknown id is ignored. Idempotent.</summary>
    Task<CircuitBoard> ReportProbeAsync(string probeId, CallOutcome outcome);
}
