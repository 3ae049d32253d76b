using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Concurrency;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Core.Telemetry;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>Puts the upload objects of one process together, each part with what it needs of what they share.</summary>
public sealed class MediaUploadFactory(
    IOptions<MediaOptions> options,
    ProxyMetrics metrics,
    TimeProvider timeProvider,
    ILogger<MediaUpload> logger
)
{
    private readonly MediaOptions _options = options.Value;
    private readonly SegmentPace _pace = new(TimeProvider.System);

    /// <summary>The object of one upload.</summary>
    /// <param name="uploadId">Random, unguessable.</param>
    /// <param name="sessions">Where the account is found that calls X, and whether a caller's session is live.</param>
    /// <param name="clients">The quota of a client's unfinished uploads.</param>
    /// <param name="store">The grain's store.</param>
    public MediaUpload Create(
        string uploadId,
        SessionLocator sessions,
        Func<string, IUploadQuota> clients,
        IRecordStore<UploadRecord> store
    )
    {
        var lifetime = new CancellationTokenSource();
        var journal = new UploadJournal(uploadId, store, metrics);
        var changed = new ChangeSignal();
        var place = new UploadPlace(uploadId, sessions, clients, _options, timeProvider, logger);
        var creation = new UploadCreation(journal, place, At, _options, timeProvider);
        var completion = new UploadCompletion(uploadId, journal, At, changed, _options, timeProvider, logger, lifetime.Token);
        var reception = new UploadReception(journal, completion, At, changed, _options, timeProvider, lifetime.Token);
        return new(sessions, journal, place, creation, reception, completion, changed, timeProvider, lifetime);

        MediaAtTwitter At(string accountId) => new(sessions, accountId, new(_options.SegmentRetryTime, timeProvider), _pace);
    }
}
