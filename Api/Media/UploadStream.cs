using System.Buffers;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Media;

/// <summary>
/// Carries a request's body to its upload, a segment at a time: some are on their way while one more is being read, and none is read that
/// has no buffer. So an upload takes a bounded piece of memory, and a slow X slows the client down.
/// </summary>
internal sealed class UploadStream(IMediaUpload upload, UploadCaller caller, string writerId, int segmentsAtOnce)
{
    private readonly Queue<Task<Result<UploadSnapshot>>> _underWay = [];

    /// <param name="begun">Where it goes on.</param>
    /// <param name="body">The bytes. What has come before it breaks off is kept.</param>
    /// <returns>The upload as it then is, or why it does not go on; and whether the body broke off.</returns>
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
                // A body that does not say its length may have more. Cut off there it would not be what the client means: its last segment
                // does not go.
                (var more, brokeOff) = await body.FillAsync(new byte[1]);
                if (more > 0)
                    latest = TooMany(begun);
            }

            // A part of a segment is kept only when all before it is at X; the first segment of all is looked into before another goes.
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

    /// <summary>The refusal of more bytes than the client has announced.</summary>
    public static Rejection TooMany(UploadSnapshot upload) =>
        new(RejectionReason.MediaTooLarge, $"The upload has {upload.BytesTotal} bytes by its {Tus.UploadLength}; these would be more.");

    // Until so many are left under way; after a refusal until none is, for they still use their buffers.
    private async Task<Result<UploadSnapshot>> SettleAsync(Result<UploadSnapshot> latest, int left)
    {
        while (_underWay.Count > (latest.Rejection is null ? left : 0))
        {
            var answer = await _underWay.Dequeue();
            // They end in any order, and each tells what was at X then: the farthest is the latest.
            if (latest.Rejection is null && (answer.Rejection is not null || answer.Value!.Offset >= latest.Value!.Offset))
                latest = answer;
        }

        return latest;
    }

    private async Task<Result<UploadSnapshot>> WriteAsync(long offset, byte[] buffer, int length)
    {
        // Not under the caller's token: what has come is worth keeping, whoever still listens.
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
            ArrayPool<byte>.Shared.Return(buffer); // else somebody may still be reading from it
        return answer;
    }
}
