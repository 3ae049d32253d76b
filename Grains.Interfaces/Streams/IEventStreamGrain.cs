using Orleans;
using OrleansTwitterProxy.Core.Streams;
using OrleansTwitterProxy.Grains.Interfaces.Cluster;

namespace OrleansTwitterProxy.Grains.Interfaces.Streams;

/// <summary>One of X's streams as a grain. Key: its <see cref="StreamName"/>.</summary>
[Alias("otp.IEventStreamGrain")]
public interface IEventStreamGrain : IEventStream, ICallTracker, IGrainWithStringKey;
