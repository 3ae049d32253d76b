using Orleans;

namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>
/// X's circuits for an operator: to see and to change. Calls use <see cref="ICircuit"/>. In the cluster the singleton implements this, so a
/// change applies to every node; each node receives it with the next push or report.
/// </summary>
[Alias("otp.ICircuitControl")]
public interface ICircuitControl
{
    /// <summary>The overall circuit and those of all families used so far, by name.</summary>
    [Alias("Snapshot")]
    Task<IReadOnlyList<FamilySnapshot>> SnapshotAsync();

    /// <summary>
    /// The changes of the last hour, the oldest first; the newest 256 at most. Those before a restart of its silo are not known.
    /// </summary>
    [Alias("History")]
    Task<IReadOnlyList<CircuitChange>> HistoryAsync();

    /// <summary>
    /// Refuses all calls of a family until <see cref="CloseAsync"/>. Idempotent. In the cluster it is durable within one second.
    /// </summary>
    /// <param name="family">An endpoint family, or <see cref="CircuitOptions.Overall"/> for all of X.</param>
    [Alias("Isolate")]
    Task IsolateAsync(string family);

    /// <summary>Closes a circuit, whether an operator isolated it or X's failures opened it. Idempotent.</summary>
    /// <param name="family">An endpoint family, or <see cref="CircuitOptions.Overall"/>: families that are open or isolated themselves stay
    /// so.</param>
    [Alias("Close")]
    Task CloseAsync(string family);
}
