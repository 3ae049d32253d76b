using Orleans;
using Orleans.Concurrency;
using OrleansTwitterProxy.Core.Circuit;

namespace OrleansTwitterProxy.Grains.Interfaces.Circuit;

/// <summary>The singleton that owns X's health. No ordinary call goes through it.</summary>
[Alias("otp.ICircuitBreakerGrain")]
public interface ICircuitBreakerGrain : ICircuitAuthority, ICircuitControl, IGrainWithStringKey
{
    /// <summary>The one key there is.</summary>
    const string Key = "x";

    /// <summary>Asks to be told of every change. A subscription lapses by itself unless it is repeated.</summary>
    /// <returns>The board at hand.</returns>
    [Alias("Subscribe")]
    Task<CircuitBoard> SubscribeAsync(ICircuitObserver observer);
}

/// <summary>A node that keeps a copy of the board.</summary>
[Alias("otp.ICircuitObserver")]
public interface ICircuitObserver : IGrainObserver
{
    /// <summary>The board has changed. May be lost: the node's next report brings the board too.</summary>
    [Alias("BoardChanged"), OneWay]
    Task BoardChangedAsync(CircuitBoard board);
}
