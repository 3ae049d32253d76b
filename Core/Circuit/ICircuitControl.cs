using Orleans;

namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>
/// X's circuits as an operator sees and works them: apart from <see cref="ICircuit"/>, which calls ask. In the cluster it is the
/// singleton's, so that what an operator does holds on every node; each has heard of it with the next push or report.
/// </summary>
[Alias("otp.ICircuitControl")]
public interface ICircuitControl
{
    /// <summary>The overall circuit and every family's that was used, by name.</summary>
    [Alias("Snapshot")]
    Task<IReadOnlyList<FamilySnapshot>> SnapshotAsync();

    /// <summary>
    /// Refuses every call of a family until <see cref="CloseAsync"/>. Idempotent. In the cluster it is durable within a second.
    /// </summary>
    /// <param name="family">An endpoint family, or <see cref="CircuitOptions.Overall"/> for all of X.</param>
    [Alias("Isolate")]
    Task IsolateAsync(string family);

    /// <summary>Lets calls go again, whether an operator or X's failures had closed the family off. Idempotent.</summary>
    /// <param name="family">An endpoint family, or <see cref="CircuitOptions.Overall"/>: families that are open or isolated themselves
    /// stay so.</param>
    [Alias("Close")]
    Task CloseAsync(string family);
}
