using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>
/// One upload, as its grain hosts it. State changes are short synchronous sections and saves of the record, so it is correct under
/// Orleans' reentrant turns and under plain threads alike. Segments go to X side by side; they count once all before them are there.
/// </summary>
public sealed class MediaUpload : IMediaUpload, IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly MediaUploadFactory _shared;
    private readonly SessionLocator _sessions;
    private readonly UploadJournal _journal;
    private readonly UploadCompletion _completion;
    private readonly UploadWriter _writer = new();
    private readonly ChangeSignal _changed = new();
    private readonly CancellationTokenSource _lifetime = new();
    private readonly Lock _lock = new();
    private readonly HashSet<int> _atX = []; // segments that X has taken while one before is still on its way
    private long _receivedUpTo;
    private int _calls;
    private UploadPace _pace;

    internal MediaUpload(string uploadId, SessionLocator sessions, IRecordStore<UploadRecord> store, MediaUploadFactory shared)
    {
        (_shared, _sessions) = (shared, sessions);
        _journal = new(uploadId, store);
        _completion = new(uploadId, _journal, At, _changed, shared, _lifetime.Token);
    }

    /// <summary>Whether something is under way: such an upload may not leave memory.</summary>
    public bool IsBusy => Volatile.Read(ref _calls) > 0 || _completion.IsUnderWay;

    public Task<Result<UploadSnapshot>> CreateAsync(NewUpload upload, CancellationToken cancellationToken) =>
        GuardAsync(
            async () =>
            {
                if (_journal.Current is { } known)
                    return known.AccountId == upload.Caller.AccountId ? Snapshot(known) : NotFound();
                var category = upload.Category ?? MediaBounds.CategoryOf(upload.MediaType);
                if (MediaBounds.CheckDeclared(upload.MediaType, category, upload.TotalBytes, _shared.Options) is { } unfit)
                    return unfit;
                if (upload.TotalBytes < 1)
                    return new Rejection(RejectionReason.MediaInvalid, "There is nothing to upload: Upload-Length is 0.");
                if (SegmentPlan.For(upload.TotalBytes, _shared.Options.MaxSegmentBytes) is not { } plan)
                {
                    return new Rejection(
                        RejectionReason.MediaTooLarge,
                        $"X takes {SegmentPlan.MaxSegments} segments, of up to {_shared.Options.MaxSegmentBytes} bytes here; {upload.TotalBytes} bytes are more."
                    );
                }

                var begun = await At(upload.Caller.AccountId).InitializeAsync(upload, category, cancellationToken);
                if (begun.Rejection is { } rejection)
                    return rejection;
                if (begun.Answer!.MediaId is not { Length: > 0 and < 100 } mediaId || !mediaId.All(char.IsAsciiLetterOrDigit))
                {
                    return new Rejection(RejectionReason.UpstreamBroken, "X's answer has no media id in it.");
                }

                var record = NewRecord(upload, category, plan, mediaId, begun.Answer.ExpiresAfter);
                return Snapshot((await _journal.UpdateAsync(current => current ?? record, CancellationToken.None))!);
            },
            cancellationToken
        );

    public Task<Result<UploadSnapshot>> GetProgressAsync(UploadCaller caller, CancellationToken cancellationToken) =>
        WithRecordAsync(caller, record => Task.FromResult<Result<UploadSnapshot>>(Snapshot(record)), cancellationToken);

    public Task<Result<UploadSnapshot>> WaitForProgressAsync(
        UploadCaller caller,
        string knownStamp,
        TimeSpan atMost,
        CancellationToken cancellationToken
    ) =>
        WithRecordAsync(
            caller,
            async _ =>
            {
                using var enough = new CancellationTokenSource(atMost < LongestWait ? atMost : LongestWait, _shared.TimeProvider);
                using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, enough.Token, _lifetime.Token);
                while (true)
                {
                    var change = _changed.Next; // before looking: what changes meanwhile is not missed
                    if (_journal.Current is not { } record)
                        return NotFound();
                    var snapshot = Snapshot(record);
                    if (snapshot.Stamp != knownStamp || snapshot.HasEnded || linked.IsCancellationRequested)
                        return snapshot;
                    await change
                        .WaitAsync(linked.Token)
                        .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
                }
            },
            cancellationToken
        );

    public Task<Result<UploadSnapshot>> TakeOverAsync(
        UploadCaller caller,
        string writerId,
        long offset,
        CancellationToken cancellationToken
    ) =>
        WithRecordAsync(
            caller,
            async record =>
            {
                if (record.Refusal(offset) is { } refusal)
                    return refusal; // who is not at the right offset disturbs nobody
                await _writer.ReplaceAsync(writerId);
                if (_journal.Current is not { } now)
                    return NotFound();
                if (now.Refusal(offset) is { } moved)
                    return moved; // what was on its way has arrived: the client asks again
                Volatile.Write(ref _receivedUpTo, offset);
                _pace = new(_shared.TimeProvider.GetUtcNow(), now.BytesAtX);
                return Snapshot(now);
            },
            cancellationToken
        );

    public Task<Result<UploadSnapshot>> WriteAsync(UploadPiece piece, CancellationToken cancellationToken) =>
        WithRecordAsync(
            piece.Caller,
            async record =>
            {
                using var turn = _writer.Begin(piece.WriterId);
                if (turn is null)
                    return Locked();
                using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, turn.Stopped, _lifetime.Token);
                try
                {
                    if (await TakeAsync(record, piece, linked.Token) is { } rejection)
                        return rejection;
                    return _journal.Current is { } now ? Snapshot(now) : NotFound();
                }
                catch (OperationCanceledException) when (turn.Stopped.IsCancellationRequested)
                {
                    return Locked();
                }
                catch (OperationCanceledException) when (_lifetime.IsCancellationRequested)
                {
                    return new Rejection(
                        RejectionReason.ShuttingDown,
                        "The upload is leaving this process. Nothing that was acknowledged is lost; go on from Upload-Offset.",
                        TimeSpan.FromSeconds(1)
                    );
                }
            },
            cancellationToken
        );

    public async Task<Rejection?> TerminateAsync(UploadCaller caller, CancellationToken cancellationToken)
    {
        var (_, rejection) = await WithRecordAsync(
            caller,
            async record =>
            {
                await _writer.ReplaceAsync(null);
                await _journal.UpdateAsync(_ => null, CancellationToken.None);
                _changed.Raise();
                return Snapshot(record);
            },
            cancellationToken
        );
        return rejection;
    }

    /// <summary>What the host's clock calls: goes on with what an earlier process left unfinished, forgets what has expired.</summary>
    /// <returns>Whether there is nothing left to care for.</returns>
    public async Task<bool> MaintainAsync()
    {
        try
        {
            await _journal.LoadAsync(_lifetime.Token);
            if (_journal.Current is { } record && record.ExpiresAt <= _shared.TimeProvider.GetUtcNow() && !IsBusy)
            {
                await _journal.UpdateAsync(_ => null, CancellationToken.None);
            }

            _completion.Wake();
            return _journal.Current is null;
        }
        catch (StoreUnavailableException)
        {
            return false; // next round
        }
    }

    /// <summary>The object leaves memory: what is under way is ended, to be taken up again by the next activation.</summary>
    public async Task StopAsync()
    {
        await _lifetime.CancelAsync();
        await _writer.ReplaceAsync(null);
        await _completion.Flight;
    }

    public void Dispose()
    {
        _lifetime.Dispose();
        _writer.Dispose();
        _journal.Dispose();
    }

    private async Task<Rejection?> TakeAsync(UploadRecord record, UploadPiece piece, CancellationToken cancellationToken)
    {
        if (record.State is UploadState.Failed)
            return record.Error?.ToRejection() ?? MediaRetries.Forgotten();
        var (plan, end) = (record.Plan, piece.Offset + piece.Bytes.Length);
        var index = plan.IndexOf(piece.Offset);
        if (end <= record.Offset)
            return null; // a piece that is repeated, for its answer was lost
        if (end > plan.EndOf(index) || piece.Bytes.IsEmpty || (index > 0 && record.SegmentsConfirmed == 0))
            return record.Mismatch(piece.Offset);
        NoteReceived(end);
        if (end < plan.EndOf(index))
            return await KeepAsync(piece, end);

        // It ends its segment: to X, with what is in hand of it. Only the first may follow what is in hand; the others begin a segment.
        var follows = piece.Offset == record.Offset;
        if (!follows && (piece.Offset != plan.StartOf(index) || index <= record.SegmentsConfirmed))
            return record.Mismatch(piece.Offset);
        var before = follows ? record.InHand : [];
        if (
            index == 0
            && MediaBounds.Inspect(
                record.MediaType,
                record.Category,
                before.Length == 0 ? piece.Bytes.Span : [.. before, .. piece.Bytes.Span],
                _shared.Options
            )
                is { } unfit
        )
        {
            return await _completion.FailAsync(unfit);
        }

        if (!IsAtX(index))
        {
            var appended = await At(record.AccountId)
                .AppendAsync(record with { SessionId = piece.Caller.SessionId }, index, before, piece.Bytes, cancellationToken);
            if (appended.Rejection is { } rejection)
                return appended.IsFinal ? await _completion.FailAsync(rejection) : rejection;
        }

        return await ConfirmAsync(index, piece.Caller.SessionId);
    }

    private async Task<Rejection?> KeepAsync(UploadPiece piece, long end)
    {
        var kept = await _journal.UpdateAsync(
            record =>
                record is { State: UploadState.Receiving } && record.Offset == piece.Offset
                    ? record with
                    {
                        InHand = [.. record.InHand, .. piece.Bytes.Span],
                        SessionId = piece.Caller.SessionId,
                    }
                    : record,
            CancellationToken.None
        );
        _changed.Raise();
        return kept is null ? NotFound()
            : kept.Offset >= end ? null
            : kept.Mismatch(piece.Offset);
    }

    private async Task<Rejection?> ConfirmAsync(int index, string sessionId)
    {
        HashSet<int> atX;
        lock (_lock)
        {
            _atX.Add(index);
            atX = [.. _atX];
        }

        var confirmed = await _journal.UpdateAsync(record => record?.Confirmed(atX, sessionId), CancellationToken.None);
        if (confirmed is null)
            return NotFound();
        lock (_lock)
            _atX.RemoveWhere(each => each < confirmed.SegmentsConfirmed);
        _changed.Raise();
        _completion.Begin();
        return null;
    }

    private Task<Result<UploadSnapshot>> WithRecordAsync(
        UploadCaller caller,
        Func<UploadRecord, Task<Result<UploadSnapshot>>> then,
        CancellationToken cancellationToken
    ) =>
        GuardAsync(
            async () =>
            {
                if (_journal.Current is not { } record || record.AccountId != caller.AccountId)
                    return NotFound();
                if (record.ExpiresAt <= _shared.TimeProvider.GetUtcNow())
                    return MediaRetries.Forgotten();
                _completion.Wake(caller.SessionId);
                return await then(record);
            },
            cancellationToken
        );

    private async Task<Result<UploadSnapshot>> GuardAsync(Func<Task<Result<UploadSnapshot>>> then, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        try
        {
            await _journal.LoadAsync(cancellationToken);
            return await then();
        }
        catch (StoreUnavailableException)
        {
            return SharedRejections.StorageUnavailable();
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }

    private UploadRecord NewRecord(NewUpload upload, string category, SegmentPlan plan, string mediaId, TimeSpan? forgottenAfter)
    {
        var now = _shared.TimeProvider.GetUtcNow();
        var lifetime = forgottenAfter < _shared.Options.UnfinishedLifetime ? forgottenAfter.Value : _shared.Options.UnfinishedLifetime;
        return new()
        {
            AccountId = upload.Caller.AccountId,
            SessionId = upload.Caller.SessionId,
            MediaId = mediaId,
            TotalBytes = upload.TotalBytes,
            MediaType = upload.MediaType,
            Category = category,
            AltText = upload.AltText,
            Metadata = upload.Metadata,
            SegmentBytes = plan.SegmentBytes,
            CreatedAt = now,
            ExpiresAt = now + lifetime,
        };
    }

    private UploadSnapshot Snapshot(UploadRecord record) =>
        record.ToSnapshot(Volatile.Read(ref _receivedUpTo), _pace, _completion.Trouble, _shared.TimeProvider.GetUtcNow());

    private MediaAtTwitter At(string accountId) =>
        new(_sessions, accountId, new(_shared.Options.SegmentRetryTime, _shared.TimeProvider), _shared.Pace);

    private bool IsAtX(int index)
    {
        lock (_lock)
            return _atX.Contains(index);
    }

    private void NoteReceived(long end)
    {
        lock (_lock)
            _receivedUpTo = Math.Max(_receivedUpTo, end);
        _changed.Raise();
    }

    private static Rejection NotFound() =>
        new(RejectionReason.UploadNotFound, "This account has no such upload. It may have expired, or been terminated.");

    private static Rejection Locked() =>
        new(
            RejectionReason.UploadLocked,
            "Another request has taken this upload over. Ask for Upload-Offset, and go on from there.",
            TimeSpan.FromSeconds(1)
        );
}
