using Orleans;
using Orleans.Concurrency;
using OrleansTwitterProxy.Core.Circuit;

namespace OrleansTwitterProxy.Grains.Interfaces.Circuit;

/// <summary>The singleton that owns X's health. No ordinary call goes through it.</summary>
[Alias("otp.ICircuitBreakerGrain")]
public interface ICircuitBreakerGrain : ICircuitCoordinator, ICircuitControl, IGrainWithStringKey
{
    /// <summary>The key of the singleton.</summary>
    const string Key = "x";

    /// <summary>Subscribes to changes. A subscription expires unless it is repeated.</summary>
    /// <returns>The current snapshot.</returns>
    [Alias("Subscribe")]
    Task<CircuitSnapshot> SubscribeAsync(ICircuitObserver observer);
}

/// <summary>A node that keeps a copy of the snapshot.</summary>
[Alias("otp.ICircuitObserver")]
public interface ICircuitObserver : IGrainObserver
{
    /// <summary>The snapshot has changed. The message may be lost: the response to the node's next report has the snapshot too.</summary>
    [Alias("SnapshotChanged"), OneWay]
    Task SnapshotChangedAsync(CircuitSnapshot snapshot);
}
