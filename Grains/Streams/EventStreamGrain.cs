using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Streams;
using OrleansTwitterProxy.Grains.Cluster;
using OrleansTwitterProxy.Grains.Interfaces.Streams;

namespace OrleansTwitterProxy.Grains.Streams;

/// <summary>
/// Hosts one <see cref="EventStream"/>. Reentrant: front ends wait side by side, and the object synchronizes itself. It leaves memory when
/// nobody has read it for a while.
/// </summary>
[Reentrant, GrainType("event-stream")]
public sealed class EventStreamGrain : Grain, IEventStreamGrain
{
    private readonly EventStream _stream;
    private readonly InFlightCalls _calls;

    public EventStreamGrain(EventStreamFactory factory, InFlightCalls calls) =>
        (_stream, _calls) = (factory.Create(this.GetPrimaryKeyString()), calls);

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) =>
        await _stream.DisposeAsync();

    public Task<bool> IsServingAsync(Guid callId) => Task.FromResult(_calls.Contains(callId));

    public Task<Result<StreamBatch>> ReadAsync(StreamRead read, CancellationToken cancellationToken) =>
        _stream.ReadAsync(read, cancellationToken);
}
