using System.IO.Compression;
using OrleansTwitterProxy.Core.Forwarding;
using ZstdSharp;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>The codings of a body (RFC 9110 section 8.4.1) that the proxy can read, and so asks of X.</summary>
internal static class ReadableBody
{
    /// <summary>X's problems take a few hundred bytes. A larger body is not one, or a decompression bomb.</summary>
    public const int MaxBytes = 64 * 1024;

    private static readonly string[] Codings = ["gzip", "x-gzip", "br", "zstd", "deflate", "identity"];

    /// <summary>
    /// A caller's Accept-Encoding without the codings that the proxy cannot read: X's refusals must be understood here. A client that takes
    /// no other gets the body as it is.
    /// </summary>
    public static string Acceptable(string acceptEncoding)
    {
        var kept = acceptEncoding
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(member => Codings.Contains(member.Split(';')[0].TrimEnd(), StringComparer.OrdinalIgnoreCase))
            .ToList();
        return kept.Count == 0 ? "identity" : string.Join(", ", kept);
    }

    /// <returns>
    /// The bytes as they were before X encoded them, without a byte order mark; nothing when they are too many, or not what the header
    /// says.
    /// </returns>
    public static ReadOnlyMemory<byte> Of(IReadOnlyList<HeaderField> headers, ReadOnlyMemory<byte> body)
    {
        var decoded = Decoded(headers, body);
        return decoded.Span.StartsWith("\uFEFF"u8) ? decoded["\uFEFF"u8.Length..] : decoded;
    }

    private static ReadOnlyMemory<byte> Decoded(IReadOnlyList<HeaderField> headers, ReadOnlyMemory<byte> body)
    {
        string? encoding = null;
        for (var i = 0; i < headers.Count; i++)
        {
            if (headers[i].Name.Equals("Content-Encoding", StringComparison.OrdinalIgnoreCase))
                encoding = headers[i].Value.Trim();
        }

        if (encoding is null or "" || encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
            return body.Length <= MaxBytes ? body : default;
        using var encoded = new MemoryStream(body.ToArray());
        using Stream? decoder = encoding.ToLowerInvariant() switch
        {
            "gzip" or "x-gzip" => new GZipStream(encoded, CompressionMode.Decompress),
            "br" => new BrotliStream(encoded, CompressionMode.Decompress),
            "zstd" => new DecompressionStream(encoded),
            "deflate" => new ZLibStream(encoded, CompressionMode.Decompress),
            _ => null,
        };
        if (decoder is null)
            return default;
        var decoded = new byte[MaxBytes];
        try
        {
            var length = decoder.ReadAtLeast(decoded, decoded.Length, throwOnEndOfStream: false);
            return decoded.AsMemory(0, length);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or EndOfStreamException or ZstdException)
        {
            return default;
        }
    }
}
