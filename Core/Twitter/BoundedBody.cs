namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>Reads a response body into one array, up to a limit.</summary>
internal static class BoundedBody
{
    /// <returns>The bytes; false when the body is larger than <paramref name="maxBytes"/>.</returns>
    public static async ValueTask<(ReadOnlyMemory<byte> Bytes, bool Whole)> ReadAsync(
        HttpContent content,
        int maxBytes,
        CancellationToken cancellationToken
    )
    {
        var declared = content.Headers.ContentLength;
        if (declared > maxBytes)
            return (default, false);
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        if (declared is { } length)
        {
            var exact = new byte[length];
            await stream.ReadExactlyAsync(exact, cancellationToken);
            return (exact, true);
        }

        var buffer = new byte[4096];
        var filled = 0;
        while (await stream.ReadAsync(buffer.AsMemory(filled), cancellationToken) is var read && read > 0)
        {
            filled += read;
            if (filled > maxBytes)
                return (default, false);
            if (filled == buffer.Length)
                Array.Resize(ref buffer, Math.Min(buffer.Length * 2, maxBytes + 1));
        }

        return (buffer.AsMemory(0, filled), true);
    }
}
