using Orleans;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Grains.Interfaces.Cluster;

namespace OrleansTwitterProxy.Grains.Interfaces.Media;

/// <summary>One managed upload as a grain. Key: the upload's id.</summary>
[Alias("otp.IMediaUploadGrain")]
public interface IMediaUploadGrain : IMediaUpload, ICallTracker, IGrainWithStringKey;
