namespace OrleansTwitterProxy.Core.Streams;

/// <summary>One open connection to a stream, until it ends, breaks or falls silent.</summary>
/// <param name="body">The response's body.</param>
/// <param name="timeProvider">Our clock.</param>
internal sealed class StreamConnection(Stream body, TimeProvider timeProvider)
{
    /// <summary>X sends a line or a keep-alive at least every 20 s; the rest is for the way.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(25);

    /// <summary>Passes on every line, and an empty one for each keep-alive.</summary>
    /// <param name="hear">Takes them.</param>
    /// <param name="outgrown">Cancelled when listeners want more fields than this connection has.</param>
    /// <param name="stop">Cancelled when nobody listens any more.</param>
    /// <returns>Why it ended, as a sentence; and whether it has held for long enough to be sound.</returns>
    public async Task<(string Reason, bool Held)> CopyAsync(
        Action<ReadOnlyMemory<byte>> hear,
        CancellationToken outgrown,
        CancellationToken stop
    )
    {
        var opened = timeProvider.GetTimestamp();
        using var silence = new CancellationTokenSource(Silence, timeProvider);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, outgrown, stop);
        var lines = new LineReader(body);
        string? reason = null;
        try
        {
            while (reason is null && await lines.ReadAsync(end.Token) is { } line)
            {
                silence.CancelAfter(Silence);
                reason = StreamDisconnect.ReasonIn(line);
                if (reason is null)
                    hear(line);
            }

            reason ??= "X ended the connection.";
        }
        catch (OperationCanceledException)
        {
            reason =
                stop.IsCancellationRequested ? "Nobody listened for a while."
                : outgrown.IsCancellationRequested ? "A listener asked for more fields, and the proxy connected anew."
                : "X sent nothing, not even a keep-alive.";
        }
        catch (IOException)
        {
            reason = "The connection to X broke.";
        }

        return (reason, timeProvider.GetElapsedTime(opened) >= Silence);
    }
}
