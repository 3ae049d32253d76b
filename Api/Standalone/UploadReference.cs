using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Standalone;

/// <summary>
/// An upload as its callers hold it, for as long as they like, as they would hold a grain: each call finds the object anew. A request may wait
/// longer for its client's next byte than an idle object stays in memory.
/// </summary>
internal sealed class UploadReference(string uploadId, ActiveUploads active, Func<string, MediaUpload> create) : IMediaUpload
{
    public Task<Answer<UploadSnapshot>> CreateAsync(NewUpload upload, CancellationToken cancellationToken) =>
        CallAsync(found => found.CreateAsync(upload, cancellationToken));

    public Task<Answer<UploadSnapshot>> GetProgressAsync(UploadCaller caller, CancellationToken cancellationToken) =>
        CallAsync(found => found.GetProgressAsync(caller, cancellationToken));

    public Task<Answer<UploadSnapshot>> WaitForProgressAsync(UploadCaller caller, string knownStamp, TimeSpan atMost, CancellationToken cancellationToken) =>
        CallAsync(found => found.WaitForProgressAsync(caller, knownStamp, atMost, cancellationToken));

    public Task<Answer<UploadSnapshot>> TakeOverAsync(UploadCaller caller, string writerId, long offset, CancellationToken cancellationToken) =>
        CallAsync(found => found.TakeOverAsync(caller, writerId, offset, cancellationToken));

    public Task<Answer<UploadSnapshot>> WriteAsync(UploadPiece piece, CancellationToken cancellationToken) => CallAsync(found => found.WriteAsync(piece, cancellationToken));

    public Task<Rejection?> TerminateAsync(UploadCaller caller, CancellationToken cancellationToken) => CallAsync(found => found.TerminateAsync(caller, cancellationToken));

    private Task<T> CallAsync<T>(Func<MediaUpload, Task<T>> call) => active.CallAsync(uploadId, create, call);
}
