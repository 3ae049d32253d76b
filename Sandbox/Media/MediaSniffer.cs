namespace OrleansTwitterProxy.Sandbox;

/// <summary>Detects the media type from the first bytes, for one-shot uploads without a type.</summary>
internal static class MediaSniffer
{
    public static string TypeOf(SpooledFile file)
    {
        Span<byte> head = stackalloc byte[12];
        using var stream = File.OpenRead(file.Path);
        head = head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        if (head.Length >= 4 && head[1..4].SequenceEqual("PNG"u8))
            return "image/png";
        if (head.StartsWith("GIF8"u8))
            return "image/gif";
        if (head.Length == 12 && head[..4].SequenceEqual("RIFF"u8) && head[8..].SequenceEqual("WEBP"u8))
            return "image/webp";
        if (head.Length >= 8 && head[4..8].SequenceEqual("ftyp"u8))
            return "video/mp4";
        return "image/jpeg";
    }
}
