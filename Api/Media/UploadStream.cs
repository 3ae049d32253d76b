using System.Buffers;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Media;

/// <summary>
/// Sends a request's body to its upload, one segment at a time. While up to <paramref name="segmentsAtOnce"/> segments are being sent, one
/// more is read, and each has its own buffer. So an upload uses bounded memory, and a slow X slows the client down.
/// </summary>
internal sealed class UploadStream(IMediaUpload upload, UploadCaller caller, string writerId, int segmentsAtOnce)
{
    private readonly Queue<Task<Result<UploadSnapshot>>> _underWay = [];

    /// <param name="begun">The upload; the body continues at its offset.</param>
    /// <param name="body">The bytes. Those that arrive before a break are kept.</param>
    /// <returns>The latest state of the upload or the rejection, and whether the body broke off.</returns>
    public async Task<(Result<UploadSnapshot> Answer, bool BrokeOff)> CopyAsync(UploadSnapshot begun, UploadBody body)
    {
        Result<UploadSnapshot> latest = begun;
        var (offset, brokeOff, ended) = (begun.Offset, false, false);
        while (!ended && latest.Rejection is null)
        {
            var left = begun.BytesTotal - offset;
            var wanted = (int)Math.Min(begun.SegmentBytes - (offset % begun.SegmentBytes), left);
            var buffer = ArrayPool<byte>.Shared.Rent(wanted);
            (var read, brokeOff) = await body.FillAsync(buffer.AsMemory(0, wanted));
            ended = read < wanted || read == left;
            if (read == left)
            {
                // A body without Content-Length may have more bytes than announced. A truncated upload is not what the client wants, so the
                // last segment is not sent.
                (var more, brokeOff) = await body.FillAsync(new byte[1]);
                if (more > 0)
                    latest = TooMany(begun);
            }

            // A partial segment is kept only once all before it is at X. The first segment is inspected before the next is sent.
            var room = read < wanted || offset < begun.SegmentBytes ? 1 : segmentsAtOnce;
            latest = await SettleAsync(latest, room - 1);
            if (read == 0 || latest.Rejection is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
                break;
            }

            _underWay.Enqueue(WriteAsync(offset, buffer, read));
            if (room == 1)
                latest = await SettleAsync(latest, 0);
            offset += read;
        }

        return (await SettleAsync(latest, 0), brokeOff);
    }

    /// <summary>The rejection when the client sends more bytes than it announced.</summary>
    public static Rejection TooMany(UploadSnapshot upload) =>
        new(RejectionReason.MediaTooLarge, $"The upload has {upload.BytesTotal} bytes by its {Tus.UploadLength}; the body exceeds this.");

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

    private async Task<Result<UploadSnapshot>> WriteAsync(long offset, byte[] buffer, int length)
    {
        // Without the caller's cancellation token: the received bytes are kept even if the client has disconnected.
        var answer = await upload.WriteAsync(
            new()
            {
                Caller = caller,
                WriterId = writerId,
                Offset = offset,
                Bytes = buffer.AsMemory(0, length),
            },
            CancellationToken.None
        );
        if (answer.Rejection is null)
            ArrayPool<byte>.Shared.Return(buffer); // after a rejection, someone may still be reading from it
        return answer;
    }
}
