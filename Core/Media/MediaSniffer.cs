namespace OrleansTwitterProxy.Core.Media;

/// <summary>Tells a media type from its first bytes.</summary>
internal static class MediaSniffer
{
    private static ReadOnlySpan<byte> Png => [0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1a, (byte)'\n'];

    private static ReadOnlySpan<byte> Jpeg => [0xff, 0xd8, 0xff];

    private static ReadOnlySpan<byte> Matroska => [0x1a, 0x45, 0xdf, 0xa3];

    /// <summary>Whether files of this type begin in a way that can be told; text does not.</summary>
    public static bool IsRecognisable(string mediaType) => !mediaType.StartsWith("text/", StringComparison.Ordinal);

    /// <returns>Null when it is none that is known here.</returns>
    public static string? TypeOf(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith(Png))
            return "image/png";
        if (head.StartsWith(Jpeg))
            return "image/jpeg";
        if (head.StartsWith("GIF87a"u8) || head.StartsWith("GIF89a"u8))
            return "image/gif";
        if (head.Length >= 12 && head.StartsWith("RIFF"u8) && head[8..].StartsWith("WEBP"u8))
            return "image/webp";
        if (head.StartsWith("BM"u8))
            return "image/bmp";
        if (head.StartsWith("II*\0"u8) || head.StartsWith("MM\0*"u8))
            return "image/tiff";
        if (head.StartsWith(Matroska))
            return "video/webm";
        if (head.Length >= 12 && head[4..].StartsWith("ftyp"u8))
            return head[8..].StartsWith("qt  "u8) ? "video/quicktime" : "video/mp4";
        if (head.Length >= 8 && (head[4..].StartsWith("moov"u8) || head[4..].StartsWith("mdat"u8) || head[4..].StartsWith("wide"u8)))
            return "video/quicktime"; // of before ftyp
        return head.Length > 188 && head[0] == 0x47 && head[188] == 0x47 ? "video/mp2t" : null;
    }

    /// <summary>
    /// Whether what was found is what was declared. MP4 and QuickTime are one container, and are told apart by nobody but their makers.
    /// </summary>
    public static bool Agree(string found, string declared) =>
        found == declared
        || (found is "image/jpeg" && declared is "image/pjpeg")
        || (found is "video/mp4" or "video/quicktime" && declared is "video/mp4" or "video/quicktime");
}
