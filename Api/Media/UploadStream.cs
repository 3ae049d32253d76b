using System.Buffers;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Media;

/// <summary>
/// Carries a request's body to its upload, a segment at a time: some are on their way while one more is being read, and none is read that
/// has no buffer. So an upload takes a bounded piece of memory, and a slow X slows the client down.
/// </summary>
internal sealed class UploadStream(IMediaUpload upload, UploadCaller caller, string writerId, int segmentsAtOnce, TimeProvider timeProvider)
{
    /// <summary>How long the line may be silent. What has come by then is kept.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    private readonly Queue<Task<Answer<UploadSnapshot>>> _underWay = [];

    /// <param name="begun">Where it goes on.</param>
    /// <param name="body">The bytes.</param>
    /// <param name="aborted">The client is gone.</param>
    /// <returns>The upload as it then is, or why it does not go on; and whether the body broke off.</returns>
    public async Task<(Answer<UploadSnapshot> Answer, bool BrokeOff)> CopyAsync(UploadSnapshot begun, Stream body, CancellationToken aborted)
    {
        Answer<UploadSnapshot> latest = begun;
        var (offset, brokeOff, ended) = (begun.Offset, false, false);
        while (offset < begun.BytesTotal && !ended && latest.Rejection is null)
        {
            var wanted = (int)Math.Min(begun.SegmentBytes - (offset % begun.SegmentBytes), begun.BytesTotal - offset);
            var buffer = ArrayPool<byte>.Shared.Rent(wanted);
            (var read, brokeOff) = await FillAsync(body, buffer.AsMemory(0, wanted), aborted);
            ended = read < wanted;
            // A part of a segment is kept only when all before it is at X; the first segment of all is looked into before another goes.
            var room = ended || offset < begun.SegmentBytes ? 1 : segmentsAtOnce;
            latest = await SettleAsync(latest, room - 1);
            if (read == 0 || latest.Rejection is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
                break;
            }

            _underWay.Enqueue(WriteAsync(offset, buffer, read));
            if (room == 1) latest = await SettleAsync(latest, 0);
            offset += read;
        }

        return (await SettleAsync(latest, 0), brokeOff);
    }

    // Until so many are left under way; after a refusal until none is, for they still use their buffers.
    private async Task<Answer<UploadSnapshot>> SettleAsync(Answer<UploadSnapshot> latest, int left)
    {
        while (_underWay.Count > (latest.Rejection is null ? left : 0))
        {
            var answer = await _underWay.Dequeue();
            // They end in any order, and each tells what was at X then: the farthest is the latest.
            if (latest.Rejection is null && (answer.Rejection is not null || answer.Value!.Offset >= latest.Value!.Offset)) latest = answer;
        }

        return latest;
    }

    private async Task<Answer<UploadSnapshot>> WriteAsync(long offset, byte[] buffer, int length)
    {
        // Not under the caller's token: what has come is worth keeping, whoever still listens.
        var answer = await upload.WriteAsync(
            new() { Caller = caller, WriterId = writerId, Offset = offset, Bytes = buffer.AsMemory(0, length) }, CancellationToken.None);
        if (answer.Rejection is null) ArrayPool<byte>.Shared.Return(buffer); // else somebody may still be reading from it
        return answer;
    }

    private async Task<(int Read, bool BrokeOff)> FillAsync(Stream body, Memory<byte> into, CancellationToken aborted)
    {
        var filled = 0;
        try
        {
            while (filled < into.Length)
            {
                using var silence = new CancellationTokenSource(Silence, timeProvider);
                using var linked = CancellationTokenSource.CreateLinkedTokenSource(aborted, silence.Token);
                var read = await body.ReadAsync(into[filled..], linked.Token);
                if (read == 0) break;
                filled += read;
            }

            return (filled, false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return (filled, true); // BadHttpRequestException, a body shorter than it said, is an IOException too
        }
    }
}
