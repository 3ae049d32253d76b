using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Storage;

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
    /// <param name="sessions">Where the account is found that calls X.</param>
    /// <param name="store">The grain's store.</param>
    public MediaUpload Create(string uploadId, SessionLocator sessions, IRecordStore<UploadRecord> store) =>
        new(uploadId, sessions, store, this);
}
