using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Core.Telemetry;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>The one writer of an upload's record within this activation. It counts uploads that end.</summary>
internal sealed class UploadJournal(string uploadId, IRecordStore<UploadRecord> store, ProxyMetrics metrics)
    : RecordJournal<UploadRecord>(uploadId, $"upload {uploadId}", store)
{
    /// <summary>Changes the record of an upload that has not ended; one that has, or is gone, stays as it is.</summary>
    public async Task AdvanceAsync(Func<UploadRecord, UploadRecord> change)
    {
        var isOver = false;
        var record = await UpdateAsync(
            current =>
            {
                isOver = current is null || HasEnded(current);
                return isOver ? current : change(current!);
            },
            CancellationToken.None
        );
        if (!isOver && record is not null && HasEnded(record))
            metrics.UploadEnded(record.State is UploadState.Succeeded ? UploadOutcome.Succeeded : UploadOutcome.Failed, record.TotalBytes);
    }

    /// <summary>Forgets an upload whose time is over.</summary>
    public async Task ExpireAsync()
    {
        var last = Current;
        await UpdateAsync(_ => null, CancellationToken.None);
        if (last is not null && !HasEnded(last))
            metrics.UploadEnded(UploadOutcome.Expired, last.TotalBytes);
    }

    private static bool HasEnded(UploadRecord record) => record.State is UploadState.Succeeded or UploadState.Failed;
}
