using Microsoft.AspNetCore.Server.Kestrel.Core;
using OrleansTwitterProxy.Api.Hosting;

namespace OrleansTwitterProxy.Api.Media;

/// <summary>
/// Reads the body of an upload request. It ends early when the connection breaks or is silent for too long, or the process stops.
/// </summary>
/// <param name="bytes">The bytes.</param>
/// <param name="timeProvider">For the limit on silence.</param>
/// <param name="over">Cancelled when the stopping process receives no more.</param>
/// <param name="aborted">Cancelled when the client has disconnected, or another request has taken the upload over.</param>
internal sealed class UploadBody(Stream bytes, TimeProvider timeProvider, CancellationToken over, CancellationToken aborted)
{
    /// <summary>How long the connection may be silent.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    /// <summary>Kestrel's default for the body as a whole, from the longest silence on.</summary>
    public static readonly MinDataRate MinDataRate = new(bytesPerSecond: 240, gracePeriod: Silence);

    /// <summary>Reads until the buffer has all it may hold, or the body ends.</summary>
    public async Task<BodyEnd> FillAsync(BodyBuffer into)
    {
        while (into.Length < into.Longest)
        {
            if (!into.TryGetRoom(out var room))
                return BodyEnd.NoRoom;
            var (read, brokeOff) = await FillAsync(room);
            into.Advance(read);
            if (brokeOff)
                return BodyEnd.BrokeOff;
            if (read < room.Length)
                return BodyEnd.Ended;
        }

        return BodyEnd.Full;
    }

    /// <summary>Whether another byte comes.</summary>
    public async Task<(bool HasMore, bool BrokeOff)> HasMoreAsync()
    {
        var (read, brokeOff) = await FillAsync(new byte[1]);
        return (read > 0, brokeOff);
    }

    private async Task<(int Read, bool BrokeOff)> FillAsync(Memory<byte> into)
    {
        var filled = 0;
        try
        {
            while (filled < into.Length)
            {
                using var silence = new CancellationTokenSource(Silence, timeProvider);
                using var linked = CancellationTokenSource.CreateLinkedTokenSource(aborted, over, silence.Token);
                var read = await bytes.ReadAsync(into[filled..], linked.Token);
                if (read == 0)
                    break;
                filled += read;
            }

            return (filled, false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return (filled, true); // BadHttpRequestException, for a body shorter than announced or too slow, is an IOException too
        }
    }
}

/// <summary>Why reading an upload's body has ended.</summary>
internal enum BodyEnd
{
    /// <summary>The buffer has all it may hold; there may be more.</summary>
    Full,

    /// <summary>The body is over.</summary>
    Ended,

    /// <summary>The connection, the process, or another request ended it.</summary>
    BrokeOff,

    /// <summary>The process's budget for bodies is used up.</summary>
    NoRoom,
}
