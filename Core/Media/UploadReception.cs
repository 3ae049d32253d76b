using OrleansTwitterProxy.Core.Concurrency;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>
/// From the first byte to the last segment: pieces come from the one writer, what ends a segment goes to X, what does not is kept in the
/// record. Segments go to X side by side; they count once all before them are there. Thread-safe.
/// </summary>
internal sealed class UploadReception(
    UploadJournal journal,
    UploadCompletion completion,
    Func<string, MediaAtTwitter> at,
    ChangeSignal changed,
    MediaOptions options,
    TimeProvider timeProvider,
    CancellationToken lifetime
) : IDisposable
{
    private readonly UploadWriter _writer = new();
    private readonly Lock _lock = new();
    private readonly HashSet<int> _atX = []; // segments that X has taken while one before is still on its way
    private long _receivedUpTo;

    /// <summary>Where the bytes end that have come from the present writer, in bytes from the upload's first; 0 before the first.</summary>
    public long ReceivedUpTo => Volatile.Read(ref _receivedUpTo);

    /// <summary>Since the present writer took over.</summary>
    public UploadPace Pace { get; private set; }

    /// <summary>Makes another the writer, if the offset is right. What the one before has under way is ended first.</summary>
    /// <returns>The record as it is then; or UploadOffsetMismatch, UploadNotFound, or why the upload has failed.</returns>
    public async Task<Result<UploadRecord>> TakeOverAsync(UploadRecord record, string writerId, long offset)
    {
        if (record.Refusal(offset) is { } refusal)
            return refusal; // who is not at the right offset disturbs nobody
        await _writer.ReplaceAsync(writerId);
        if (journal.Current is not { } now)
            return UploadRejections.NotFound();
        if (now.Refusal(offset) is { } moved)
            return moved; // what was on its way has arrived: the client asks again
        Volatile.Write(ref _receivedUpTo, offset);
        Pace = new(timeProvider.GetUtcNow(), now.BytesAtX);
        return now;
    }

    /// <summary>Takes a piece, as <see cref="IMediaUpload.WriteAsync"/> says.</summary>
    /// <param name="record">The upload before.</param>
    /// <param name="piece">The bytes.</param>
    /// <param name="cancellationToken">The writer hung up.</param>
    /// <returns>
    /// The record as it is then; or UploadLocked, UploadOffsetMismatch, UploadNotFound, ShuttingDown, or why X did not take the segment.
    /// </returns>
    public async Task<Result<UploadRecord>> ReceiveAsync(UploadRecord record, UploadPiece piece, CancellationToken cancellationToken)
    {
        using var turn = _writer.Begin(piece.WriterId);
        if (turn is null)
            return Locked();
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, turn.Stopped, lifetime);
        try
        {
            if (await TakeAsync(record, piece, linked.Token) is { } rejection)
                return rejection;
            return journal.Current is { } now ? now : UploadRejections.NotFound();
        }
        catch (OperationCanceledException) when (turn.Stopped.IsCancellationRequested)
        {
            return Locked();
        }
        catch (OperationCanceledException) when (lifetime.IsCancellationRequested)
        {
            return new Rejection(
                RejectionReason.ShuttingDown,
                "The upload is leaving this process. Nothing that was acknowledged is lost; go on from Upload-Offset.",
                TimeSpan.FromSeconds(1)
            );
        }
    }

    /// <summary>Cancelled when another takes over from this writer; null when another has.</summary>
    public CancellationToken? StoppedOf(string writerId) => _writer.StoppedOf(writerId);

    /// <summary>Ends the writer, and returns when nothing of its is under way any more. The next that comes is the writer then.</summary>
    public Task StopAsync() => _writer.ReplaceAsync(null);

    public void Dispose() => _writer.Dispose();

    public static Rejection Locked() =>
        new(
            RejectionReason.UploadLocked,
            "Another request has taken this upload over. Ask for Upload-Offset, and go on from there.",
            TimeSpan.FromSeconds(1)
        );

    private async Task<Rejection?> TakeAsync(UploadRecord record, UploadPiece piece, CancellationToken cancellationToken)
    {
        if (record.State is UploadState.Failed)
            return record.Error?.ToRejection() ?? UploadRejections.Forgotten();
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
        if (index == 0 && Inspect(record, before, piece.Bytes.Span) is { } unfit)
            return await completion.FailAsync(unfit);
        if (!IsAtX(index))
        {
            var appended = await at(record.AccountId)
                .AppendAsync(record with { SessionId = piece.Caller.SessionId }, index, before, piece.Bytes, cancellationToken);
            if (appended.Rejection is { } rejection)
                return appended.IsFinal ? await completion.FailAsync(rejection) : rejection;
        }

        return await ConfirmAsync(index, piece.Caller.SessionId);
    }

    // What the first segment shows of the media: whether it is what was declared.
    private Rejection? Inspect(UploadRecord record, byte[] before, ReadOnlySpan<byte> rest) =>
        MediaBounds.Inspect(record.MediaType, record.Category, before.Length == 0 ? rest : [.. before, .. rest], options);

    private async Task<Rejection?> KeepAsync(UploadPiece piece, long end)
    {
        var kept = await journal.UpdateAsync(
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
        changed.Raise();
        return kept is null ? UploadRejections.NotFound()
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

        var confirmed = await journal.UpdateAsync(record => record?.Confirmed(atX, sessionId), CancellationToken.None);
        if (confirmed is null)
            return UploadRejections.NotFound();
        lock (_lock)
            _atX.RemoveWhere(each => each < confirmed.SegmentsConfirmed);
        changed.Raise();
        completion.Begin();
        return null;
    }

    private bool IsAtX(int index)
    {
        lock (_lock)
            return _atX.Contains(index);
    }

    private void NoteReceived(long end)
    {
        lock (_lock)
            _receivedUpTo = Math.Max(_receivedUpTo, end);
        changed.Raise();
    }
}
