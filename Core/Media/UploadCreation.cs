using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>The beginning of an upload: what is declared is checked before X is called, then X gives the media its id.</summary>
internal sealed class UploadCreation(
    UploadJournal journal,
    UploadPlace place,
    Func<string, MediaAtTwitter> at,
    MediaOptions options,
    TimeProvider timeProvider
)
{
    /// <summary>Initializes the upload at X and saves its first record. Durable on return.</summary>
    /// <returns>
    /// The record; or MediaUnsupported, MediaInvalid, MediaTooLarge, UploadQuotaReached, UpstreamBroken (X's answer has no usable media
    /// id), or what kept the call from X's success.
    /// </returns>
    public async Task<Result<UploadRecord>> BeginAsync(NewUpload upload, CancellationToken cancellationToken)
    {
        var category = upload.Category ?? MediaBounds.CategoryOf(upload.MediaType);
        if (MediaBounds.CheckDeclared(upload.MediaType, category, upload.TotalBytes, options) is { } unfit)
            return unfit;
        if (upload.TotalBytes < 1)
            return new Rejection(RejectionReason.MediaInvalid, "There is nothing to upload: Upload-Length is 0.");
        if (SegmentPlan.For(upload.TotalBytes, options.MaxSegmentBytes) is not { } plan)
        {
            return new Rejection(
                RejectionReason.MediaTooLarge,
                $"X takes {SegmentPlan.MaxSegments} segments, of up to {options.MaxSegmentBytes} bytes here; {upload.TotalBytes} bytes are more."
            );
        }

        if (await place.TakeAsync(upload, cancellationToken) is { } full)
            return full;
        var hasBegun = false;
        try
        {
            var created = await CreateAsync(upload, category, plan, cancellationToken);
            hasBegun = created.Rejection is null;
            return created;
        }
        finally
        {
            if (!hasBegun)
                await place.GiveBackAsync(upload.Caller.AccountId, upload.ClientId);
        }
    }

    private async Task<Result<UploadRecord>> CreateAsync(
        NewUpload upload,
        string category,
        SegmentPlan plan,
        CancellationToken cancellationToken
    )
    {
        var begun = await at(upload.Caller.AccountId).InitializeAsync(upload, category, cancellationToken);
        // There was no upload that X could have forgotten.
        if (begun is { Rejection.Reason: RejectionReason.UploadGone, Said: { } said })
            return new Rejection(RejectionReason.UpstreamRefused, $"X does not begin the upload: {said}");
        if (begun.Rejection is { } rejection)
            return rejection;
        if (begun.Answer!.MediaId is not { Length: > 0 and < 100 } mediaId || !mediaId.All(char.IsAsciiLetterOrDigit))
        {
            return new Rejection(
                RejectionReason.UpstreamBroken,
                $"X's answer has no media id in it: {begun.Said ?? "it has another one."}"
            );
        }

        var record = NewRecord(upload, category, plan, mediaId, begun.Answer.ExpiresAfter);
        // Not under the caller's token: X has the upload. Another call may have created it meanwhile, and then its record stands.
        return (await journal.UpdateAsync(current => current ?? record, CancellationToken.None))!;
    }

    private UploadRecord NewRecord(NewUpload upload, string category, SegmentPlan plan, string mediaId, TimeSpan? forgottenAfter)
    {
        var now = timeProvider.GetUtcNow();
        var lifetime = forgottenAfter < options.UnfinishedLifetime ? forgottenAfter.Value : options.UnfinishedLifetime;
        return new()
        {
            AccountId = upload.Caller.AccountId,
            SessionId = upload.Caller.SessionId,
            MediaId = mediaId,
            TotalBytes = upload.TotalBytes,
            MediaType = upload.MediaType,
            ClientId = upload.ClientId,
            Category = category,
            AltText = upload.AltText,
            Metadata = upload.Metadata,
            SegmentBytes = plan.SegmentBytes,
            CreatedAt = now,
            ExpiresAt = now + lifetime,
        };
    }
}
