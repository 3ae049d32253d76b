namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>Reads a response body into one array, up to a limit. The array grows as bytes arrive, whatever length is declared.</summary>
internal static class BoundedBody
{
    /// <summary>Bytes of memory that are taken at once for a body that declares its length.</summary>
    private const int AtOnce = 64 * 1024;

    private const int Undeclared = 4096;

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
        var longest = (int)(declared ?? maxBytes + 1L);
        var buffer = new byte[Math.Min(longest, declared is null ? Undeclared : AtOnce)];
        var filled = 0;
        while (filled < longest)
        {
            if (filled == buffer.Length)
                Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, longest));
            var read = await stream.ReadAsync(buffer.AsMemory(filled), cancellationToken);
            if (read == 0)
                break;
            filled += read;
        }

        if (filled < declared)
            throw new EndOfStreamException("The body is shorter than it declared.");
        return filled > maxBytes ? (default, false) : (buffer.AsMemory(0, filled), true);
    }
}
