using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Engine;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>Makes the upload objects of one process, and holds what they share.</summary>
public sealed class MediaUploadFactory(IOptions<MediaOptions> options, TimeProvider timeProvider, ILogger<MediaUpload> logger)
{
    internal MediaOptions Options { get; } = options.Value;

    internal TimeProvider TimeProvider => timeProvider;

    internal ILogger Logger => logger;

    internal SegmentPace Pace { get; } = new(TimeProvider.System);

    /// <summary>The object of one upload.</summary>
    /// <param name="uploadId">Random, unguessable.</param>
    /// <param name="engine">Where the account is found that calls X.</param>
    /// <param name="store">The process's store in the embedded engine, the grain's own in the cluster.</param>
    public MediaUpload Create(string uploadId, IEngine engine, IRecordStore<UploadRecord> store) => new(uploadId, engine, store, this);
}
