namespace OrleansTwitterProxy.Api.Media;

/// <summary>
/// Reads the body of an upload request. It ends early when the connection breaks or is silent for too long, or the process stops.
/// </summary>
/// <param name="bytes">The bytes.</param>
/// <param name="timeProvider">For the limit on silence.</param>
/// <param name="over">Cancelled when the stopping process receives no more.</param>
/// <param name="aborted">Cancelled when the client has disconnected.</param>
internal sealed class UploadBody(Stream bytes, TimeProvider timeProvider, CancellationToken over, CancellationToken aborted)
{
    /// <summary>How long the connection may be silent.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    /// <summary>Reads until the buffer is full or the body ends.</summary>
    /// <returns>The number of bytes read, and whether reading ended for another reason than the end of the body.</returns>
    public async Task<(int Read, bool BrokeOff)> FillAsync(Memory<byte> into)
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
            return (filled, true); // BadHttpRequestException, for a body shorter than announced, is an IOException too
        }
    }
}
