using Orleans;

namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>
/// The cluster's one owner of X's health, as its nodes reach it. No ordinary call waits for it: nodes answer from their copy of its
/// snapshot, report in batches, and ask only to probe.
/// </summary>
[Alias("otp.ICircuitCoordinator")]
public interface ICircuitCoordinator
{
    /// <summary>Takes a batch of outcomes. Not idempotent, but a batch counted twice leaves the ratio of failures as it is.</summary>
    /// <returns>The snapshot after it.</returns>
    [Alias("Report")]
    Task<CircuitSnapshot> ReportAsync(NodeReport report);

    /// <summary>
    /// Asks for the half-open probe of a family. The probe is leased for the break duration: one that hangs is passed on.
    /// </summary>
    [Alias("TryProbe")]
    Task<ProbeResult> TryProbeAsync(string family);

    /// <summary>Tells how a probe ended. A late or unknown id is ignored. Idempotent.</summary>
    [Alias("ReportProbe")]
    Task<CircuitSnapshot> ReportProbeAsync(string probeId, CallOutcome outcome);
}
