using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Grains.Interfaces.Circuit;

namespace OrleansTwitterProxy.Grains.Circuit;

/// <summary>
/// Keeps a silo's copy of the snapshot current. It reports the outcomes of calls every <see cref="ReportInterval"/>, or at once after ten
/// faults, but at most every <see cref="MinimumInterval"/>. It receives pushes, and subscribes again every <see cref="SubscribeInterval"/>,
/// which also finds the singleton after the death of its silo.
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
        var observer = new Observer(node); // referenced here, because Orleans keeps only weak references to observers
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
                LogOutOfTouch(e); // the current copy stays in use
                if (undelivered is not null)
                    node.GiveBack(undelivered); // counted twice at worst, which does not change the ratio
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

    [LoggerMessage(Level = LogLevel.Debug, Message = "The circuit breaker grain does not answer; this node continues with its copy")]
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
