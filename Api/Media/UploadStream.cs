using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Media;

/// <summary>
/// Sends a request's body to its upload, one segment at a time. While up to <paramref name="segmentsAtOnce"/> segments are being sent, one
/// more is read, and each has its own buffer. So an upload uses bounded memory, and a slow X slows the client down.
/// </summary>
internal sealed class UploadStream(IMediaUpload upload, UploadCaller caller, string writerId, int segmentsAtOnce, BodyBudget budget)
{
    private readonly Queue<Task<Result<UploadSnapshot>>> _underWay = [];
    private readonly HashSet<BodyBuffer> _buffers = [];

    /// <param name="begun">The upload; the body continues at its offset.</param>
    /// <param name="body">The bytes. Those that arrive before a break are kept.</param>
    /// <returns>The latest state of the upload or the rejection, and whether the body broke off.</returns>
    public async Task<(Result<UploadSnapshot> Answer, bool BrokeOff)> CopyAsync(UploadSnapshot begun, UploadBody body)
    {
        try
        {
            return await CopySegmentsAsync(begun, body);
        }
        finally
        {
            BodyBuffer[] left;
            lock (_buffers)
                left = [.. _buffers]; // none, unless something was thrown
            foreach (var buffer in left)
                LetGo(buffer);
        }
    }

    /// <summary>The rejection when the client sends more bytes than it announced.</summary>
    public static Rejection TooMany(UploadSnapshot upload) =>
        new(RejectionReason.MediaTooLarge, $"The upload has {upload.BytesTotal} bytes by its {Tus.UploadLength}; the body exceeds this.");

    private async Task<(Result<UploadSnapshot> Answer, bool BrokeOff)> CopySegmentsAsync(UploadSnapshot begun, UploadBody body)
    {
        Result<UploadSnapshot> latest = begun;
        var (offset, brokeOff, ended) = (begun.Offset, false, false);
        while (!ended && latest.Rejection is null)
        {
            var left = begun.BytesTotal - offset;
            var wanted = (int)Math.Min(begun.SegmentBytes - (offset % begun.SegmentBytes), left);
            var buffer = new BodyBuffer(budget, wanted);
            lock (_buffers)
                _buffers.Add(buffer);
            var end = await body.FillAsync(buffer);
            var read = buffer.Length;
            (ended, brokeOff) = (end is not BodyEnd.Full || read == left, end is BodyEnd.BrokeOff);
            if (end is BodyEnd.NoRoom)
            {
                latest = BodyBudget.UsedUp();
            }
            else if (read == left)
            {
                // A body without Content-Length may have more bytes than announced. A truncated upload is not what the client wants, so the
                // last segment is not sent.
                (var hasMore, brokeOff) = await body.HasMoreAsync();
                if (hasMore)
                    latest = TooMany(begun);
            }

            // A partial segment is kept only once all before it is at X. The first segment is inspected before the next is sent.
            var room = read < wanted || offset < begun.SegmentBytes ? 1 : segmentsAtOnce;
            latest = await SettleAsync(latest, room - 1);
            if (read == 0 || latest.Rejection is not null)
            {
                LetGo(buffer);
                break;
            }

            _underWay.Enqueue(WriteAsync(offset, buffer));
            if (room == 1)
                latest = await SettleAsync(latest, 0);
            offset += read;
        }

        return (await SettleAsync(latest, 0), brokeOff);
    }

    // Waits until at most this many writes are in flight; after a rejection until none is, because they still use their buffers.
    private async Task<Result<UploadSnapshot>> SettleAsync(Result<UploadSnapshot> latest, int left)
    {
        while (_underWay.Count > (latest.Rejection is null ? left : 0))
        {
            var answer = await _underWay.Dequeue();
            // Writes end in any order, and each reports the offset at its end: the highest is the latest.
            if (latest.Rejection is null && (answer.Rejection is not null || answer.Value!.Offset >= latest.Value!.Offset))
                latest = answer;
        }

        return latest;
    }

    private async Task<Result<UploadSnapshot>> WriteAsync(long offset, BodyBuffer buffer)
    {
        buffer.IsShared = true;
        // Without the caller's cancellation token: the received bytes are kept even if the client has disconnected.
        var answer = await upload.WriteAsync(
            new()
            {
                Caller = caller,
                WriterId = writerId,
                Offset = offset,
                Bytes = buffer.Written,
            },
            CancellationToken.None
        );
        buffer.IsShared = answer.Rejection is not null; // after a rejection, someone may still be reading from it
        LetGo(buffer);
        return answer;
    }

    private void LetGo(BodyBuffer buffer)
    {
        lock (_buffers)
            _buffers.Remove(buffer);
        buffer.Dispose();
    }
}
