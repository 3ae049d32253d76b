using Orleans;
using Orleans.Concurrency;
using OrleansTwitterProxy.Core.Circuit;

namespace OrleansTwitterProxy.Grains.Interfaces.Circuit;

/// <summary>The singleton that owns X's health. No ordinary call goes through it.</summary>
[Alias("otp.ICircuitBreakerGrain")]
public interface ICircuitBreakerGrain : ICircuitCoordinator, ICircuitControl, IGrainWithStringKey
{
    /// <summary>The one key there is.</summary>
    const string Key = "x";

    /// <summary>Asks to be told of every change. A subscription lapses by itself unless it is repeated.</summary>
    /// <returns>The snapshot at hand.</returns>
    [Alias("Subscribe")]
    Task<CircuitSnapshot> SubscribeAsync(ICircuitObserver observer);
}

/// <summary>A node that keeps a copy of the snapshot.</summary>
[Alias("otp.ICircuitObserver")]
public interface ICircuitObserver : IGrainObserver
{
    /// <summary>The snapshot has changed. May be lost: the node's next report brings the snapshot too.</summary>
    [Alias("SnapshotChanged"), OneWay]
    Task SnapshotChangedAsync(CircuitSnapshot snapshot);
}
