using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>The one writer of an upload's record within this activation.</summary>
internal sealed class UploadJournal(string uploadId, IRecordStore<UploadRecord> store)
    : RecordJournal<UploadRecord>(uploadId, $"upload {uploadId}", store);
