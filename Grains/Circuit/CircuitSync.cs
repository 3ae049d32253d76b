using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Grains.Interfaces.Circuit;

namespace OrleansTwitterProxy.Grains.Circuit;

/// <summary>
/// Keeps a silo's copy of the snapshot: reports what its calls saw every <see cref="ReportInterval"/> (at once after ten faults, though not
/// oftener than <see cref="MinimumInterval"/>), receives pushes, and re-subscribes every <see cref="SubscribeInterval"/>, which also finds
/// the singleton again after its silo died.
/// </summary>
public sealed partial class CircuitSync(IGrainFactory grains, NodeCircuit node, TimeProvider timeProvider, ILogger<CircuitSync> logger)
    : BackgroundService
{
    public static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(250);
    public static readonly TimeSpan MinimumInterval = TimeSpan.FromMilliseconds(50);
    public static readonly TimeSpan SubscribeInterval = TimeSpan.FromSeconds(2);

    private readonly ICircuitBreakerGrain _coordinator = grains.GetGrain<ICircuitBreakerGrain>(ICircuitBreakerGrain.Key);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var observer = new Observer(node); // held here: Orleans keeps weak references to observers
        var reference = grains.CreateObjectReference<ICircuitObserver>(observer);
        var subscribeAt = timeProvider.GetUtcNow();
        while (!stoppingToken.IsCancellationRequested)
        {
            NodeReport? undelivered = null;
            try
            {
                if (timeProvider.GetUtcNow() >= subscribeAt)
                {
                    node.Absorb(await _coordinator.SubscribeAsync(reference));
                    subscribeAt = timeProvider.GetUtcNow() + SubscribeInterval;
                }

                undelivered = node.TakeReport();
                if (undelivered is not null)
                    node.Absorb(await _coordinator.ReportAsync(undelivered));
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogOutOfTouch(e); // the copy at hand goes on answering
                if (undelivered is not null)
                    node.GiveBack(undelivered); // at worst counted twice, which leaves the ratio as it is
            }

            await WaitAsync(stoppingToken);
        }

        GC.KeepAlive(observer);
    }

    private async Task WaitAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.Delay(MinimumInterval, timeProvider, stoppingToken);
            await node.Urgent.WaitAsync(ReportInterval - MinimumInterval, stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The circuit's singleton does not answer; this node goes on with its copy")]
    private partial void LogOutOfTouch(Exception exception);

    private sealed class Observer(NodeCircuit node) : ICircuitObserver
    {
        public Task SnapshotChangedAsync(CircuitSnapshot snapshot)
        {
            node.Absorb(snapshot);
            return Task.CompletedTask;
        }
    }
}
