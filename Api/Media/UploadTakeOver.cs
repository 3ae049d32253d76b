using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Media;

/// <summary>
/// Watches over a request that writes to an upload: it ends at once when another request takes the upload over, in whichever process, and
/// when the upload or the caller's session ends. Otherwise a slow body would hold its memory until it is noticed at the next segment.
/// </summary>
internal sealed class UploadTakeOver : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _ended;
    private readonly CancellationTokenSource _done = new();
    private readonly Task _watch;

    /// <param name="upload">The upload.</param>
    /// <param name="caller">Who writes.</param>
    /// <param name="writerId">As told to <see cref="IMediaUpload.TakeOverAsync"/>.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="aborted">Cancelled when the client has disconnected.</param>
    public UploadTakeOver(IMediaUpload upload, UploadCaller caller, string writerId, TimeProvider timeProvider, CancellationToken aborted)
    {
        _ended = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        _watch = WatchAsync(upload, caller, writerId, timeProvider);
    }

    /// <summary>Cancelled when the request must end, or the client has disconnected.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Why it must end: UploadLocked, UploadNotFound, UploadGone or SessionEnded; null when it need not.</summary>
    public Rejection? Rejection { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _done.CancelAsync();
        await _watch;
        _done.Dispose();
        _ended.Dispose();
    }

    private async Task WatchAsync(IMediaUpload upload, UploadCaller caller, string writerId, TimeProvider timeProvider)
    {
        try
        {
            while (true)
            {
                _done.Token.ThrowIfCancellationRequested();
                switch (await upload.WaitForTakeOverAsync(caller, writerId, _done.Token))
                {
                    case null:
                        break; // still the writer
                    case {
                        Reason: RejectionReason.UploadLocked
                            or RejectionReason.UploadNotFound
                            or RejectionReason.UploadGone
                            or RejectionReason.SessionEnded
                    } over:
                        Rejection = over;
                        await _ended.CancelAsync();
                        return;
                    default:
                        await Task.Delay(Pause, timeProvider, _done.Token); // a node, or the storage, does not answer
                        break;
                }
            }
        }
        catch (Exception)
        {
            // The request is over, or the upload cannot be asked: the next segment finds out.
        }
    }
}
