using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>An upload's place among the unfinished ones of its account and of its client.</summary>
internal sealed partial class UploadPlace(
    string uploadId,
    SessionLocator sessions,
    Func<string, IUploadQuota> clients,
    MediaOptions options,
    TimeProvider timeProvider,
    ILogger logger
)
{
    private bool _isGivenBack;

    /// <summary>Takes the place; before X is called.</summary>
    /// <returns>Null when it has one; or UploadQuotaReached, SessionEnded or StorageUnavailable.</returns>
    public async Task<Rejection?> TakeAsync(NewUpload upload, CancellationToken cancellationToken)
    {
        var open = new OpenUpload(
            uploadId,
            upload.ClientId ?? "",
            upload.TotalBytes,
            timeProvider.GetUtcNow() + options.UnfinishedLifetime
        );
        var account = new UploadReservation(open, upload.Caller.SessionId, options.MaxOpenPerAccount, options.MaxOpenBytesPerAccount);
        if (await sessions(upload.Caller.AccountId).ReserveUploadAsync(account, cancellationToken) is { } refusal)
            return refusal;
        _isGivenBack = false;
        if (upload.ClientId is not { } clientId)
            return null; // begun by a front end of an earlier version
        var client = account with { MaxUploads = options.MaxOpenPerClient, MaxBytes = options.MaxOpenBytesPerClient };
        refusal = await TryAsync(() => clients(clientId).ReserveUploadAsync(client, cancellationToken));
        if (refusal is not null)
            await GiveBackAsync(upload.Caller.AccountId, clientId: null);
        return refusal;
    }

    /// <summary>Gives the place back, once. What cannot be told is held until the upload would have expired.</summary>
    public async Task GiveBackAsync(string accountId, string? clientId)
    {
        if (_isGivenBack)
            return;
        _isGivenBack = true;
        var refusal = await TryAsync(() => sessions(accountId).ReleaseUploadAsync(uploadId, CancellationToken.None));
        _isGivenBack = refusal is null; // else the next round of maintenance tries again
        if (clientId is not null)
            await TryAsync(() => clients(clientId).ReleaseUploadAsync(uploadId, CancellationToken.None));
    }

    // A quota that cannot be asked does not stop an upload.
    private async Task<Rejection?> TryAsync(Func<Task<Rejection?>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogNoAnswer(logger, e, uploadId);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Upload {UploadId}: the quota of unfinished uploads does not answer")]
    private static partial void LogNoAnswer(ILogger logger, Exception exception, string uploadId);
}
