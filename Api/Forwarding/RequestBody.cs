using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Api.Forwarding;

/// <summary>Reads a request body into memory, up to the limit.</summary>
internal static class RequestBody
{
    /// <returns>The bytes; false when there are more than <see cref="TwitterClient.MaxBodyBytes"/>.</returns>
    public static async ValueTask<(ReadOnlyMemory<byte> Bytes, bool Whole)> ReadAsync(
        HttpRequest request,
        CancellationToken cancellationToken
    )
    {
        var declared = request.ContentLength;
        if (
            declared == 0
            || (declared is null && !request.Headers.ContainsKey("Transfer-Encoding") && request.Protocol == HttpProtocol.Http11)
        )
            return (default, true);
        if (declared > TwitterClient.MaxBodyBytes)
            return (default, false);
        if (declared is { } length)
        {
            var exact = new byte[length];
            await request.Body.ReadExactlyAsync(exact, cancellationToken);
            return (exact, true);
        }

        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        while (await request.Body.ReadAsync(chunk, cancellationToken) is var read && read > 0)
        {
            if (buffer.Length + read > TwitterClient.MaxBodyBytes)
                return (default, false);
            buffer.Write(chunk, 0, read);
        }

        return (buffer.GetBuffer().AsMemory(0, (int)buffer.Length), true);
    }
}
