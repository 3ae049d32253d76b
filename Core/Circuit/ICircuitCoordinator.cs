using Orleans;

namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>
/// The cluster's single owner of X's health, for its nodes. No ordinary call waits for it: nodes decide from their copy of its snapshot,
/// report in batches, and call it only for probes.
/// </summary>
[Alias("otp.ICircuitCoordinator")]
public interface ICircuitCoordinator
{
    /// <summary>Applies a batch of outcomes. Not idempotent, but a batch counted twice does not change the failure ratio.</summary>
    /// <returns>The snapshot after it.</returns>
    [Alias("Report")]
    Task<CircuitSnapshot> ReportAsync(NodeReport report);

    /// <summary>
    /// Requests the half-open probe of a family. The probe is leased for the break duration; if it hangs, another call gets it.
    /// </summary>
    [Alias("TryProbe")]
    Task<ProbeResult> TryProbeAsync(string family);

    /// <summary>Reports the outcome of a probe. A late or unknown id is ignored. Idempotent.</summary>
    [Alias("ReportProbe")]
    Task<CircuitSnapshot> ReportProbeAsync(string probeId, CallOutcome outcome);
}
