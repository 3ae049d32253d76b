namespace OrleansTwitterProxy.Api.Media;

/// <summary>
/// The bytes of a request about an upload, over a line that may break, or fall silent without breaking, and to a process that may stop.
/// </summary>
/// <param name="bytes">The bytes.</param>
/// <param name="timeProvider">For the bound on silence.</param>
/// <param name="over">The process stops, and takes no more.</param>
/// <param name="aborted">The client is gone.</param>
internal sealed class UploadBody(Stream bytes, TimeProvider timeProvider, CancellationToken over, CancellationToken aborted)
{
    /// <summary>How long the line may be silent.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    /// <summary>Reads until there is no room left, or the end.</summary>
    /// <returns>How many bytes have come; and whether something else ended than the body.</returns>
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
            return (filled, true); // BadHttpRequestException, a body shorter than it said, is an IOException too
        }
    }
}
