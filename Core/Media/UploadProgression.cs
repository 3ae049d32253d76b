using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>What follows from an upload's record: offsets, the next record, the view for others. All of it pure.</summary>
internal static class UploadProgression
{
    extension(UploadRecord record)
    {
        public SegmentPlan Plan => new(record.TotalBytes, record.SegmentBytes);

        public long BytesAtX => record.Plan.StartOf(record.SegmentsConfirmed);

        /// <summary>What is durable: at X and in hand.</summary>
        public long Offset => record.BytesAtX + record.InHand.Length;
    }

    /// <summary>Why nobody may go on writing at an offset; null when that is where it goes on.</summary>
    public static Rejection? Refusal(this UploadRecord record, long offset)
    {
        if (record.State is UploadState.Failed)
            return record.Error?.ToRejection() ?? UploadRejections.Forgotten();
        return offset == record.Offset ? null : record.Mismatch(offset);
    }

    public static Rejection Mismatch(this UploadRecord record, long offset) =>
        new(
            RejectionReason.UploadOffsetMismatch,
            $"The upload goes on at {record.Offset}, and this is for {offset}. Ask for Upload-Offset, and go on from there."
        );

    /// <summary>The record once these segments are at X: it counts from the first on, as far as none is missing.</summary>
    public static UploadRecord Confirmed(this UploadRecord record, IReadOnlySet<int> atX, string sessionId)
    {
        if (record.State is not UploadState.Receiving)
            return record;
        var confirmed = record.SegmentsConfirmed;
        while (atX.Contains(confirmed))
            confirmed++;
        if (confirmed == record.SegmentsConfirmed)
            return record;
        return record with
        {
            SegmentsConfirmed = confirmed,
            InHand = [], // it was the beginning of the first of them
            SessionId = sessionId,
            State = confirmed == record.Plan.Segments ? UploadState.Finalizing : UploadState.Receiving,
        };
    }

    public static UploadSnapshot ToSnapshot(
        this UploadRecord record,
        long receivedUpTo,
        UploadPace pace,
        Rejection? trouble,
        DateTimeOffset now
    ) =>
        new()
        {
            State = record.State,
            Offset = record.Offset,
            BytesReceived = Math.Max(record.Offset, receivedUpTo),
            BytesTotal = record.TotalBytes,
            BytesAtX = record.BytesAtX,
            SegmentBytes = record.SegmentBytes,
            SegmentsConfirmed = record.SegmentsConfirmed,
            SegmentsTotal = record.Plan.Segments,
            ProcessingPercent = record.ProcessingPercent,
            EstimatedLeft = EstimatedLeft(record, pace, now),
            MediaId = record.State is UploadState.Processing or UploadState.Succeeded ? record.MediaId : null,
            ExpiresAt = record.ExpiresAt,
            Error = record.Error?.ToRejection() ?? trouble,
            Metadata = record.Metadata,
        };

    private static TimeSpan? EstimatedLeft(UploadRecord record, UploadPace pace, DateTimeOffset now)
    {
        var (done, left, since) = record switch
        {
            { State: UploadState.Receiving } when pace.Since != default => (
                record.BytesAtX - pace.BytesThen,
                record.TotalBytes - record.BytesAtX,
                pace.Since
            ),
            { State: UploadState.Processing, ProcessingPercent: { } percent, ProcessingSince: { } began } => (
                percent,
                100L - percent,
                began
            ),
            _ => (0, 0, now),
        };
        return done > 0 && now > since ? (now - since) * ((double)left / done) : null;
    }
}

/// <summary>From when on the present writer's bytes are counted, for the time that is left.</summary>
internal readonly record struct UploadPace(DateTimeOffset Since, long BytesThen);
