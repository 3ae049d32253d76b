namespace OrleansTwitterProxy.Sandbox;

/// <summary>The properties of a media category: maximum size, key prefix, and whether X processes it.</summary>
internal sealed record MediaKind(string Type, string KeyPrefix, long MaxBytes, bool IsProcessed)
{
    private const long Mebibyte = 1024 * 1024;

    private static readonly MediaKind Photo = new("photo", "3", 5 * Mebibyte, false);
    private static readonly MediaKind Gif = new("animated_gif", "16", 15 * Mebibyte, true);
    private static readonly MediaKind Video = new("video", "7", 512 * Mebibyte, true);
    private static readonly MediaKind Subtitles = new("subtitles", "13", 512 * 1024, false);

    /// <summary>The kind of a category, or null when X knows no such category.</summary>
    public static MediaKind? Of(string category) =>
        category switch
        {
            "tweet_image" or "dm_image" => Photo,
            "tweet_gif" or "dm_gif" => Gif,
            "tweet_video" or "dm_video" or "amplify_video" => Video,
            "subtitles" => Subtitles,
            _ => null,
        };

    /// <summary>The category of an upload without one.</summary>
    public static string CategoryOf(string mediaType) =>
        mediaType switch
        {
            _ when mediaType.StartsWith("video/", StringComparison.Ordinal) => "tweet_video",
            _ when mediaType.StartsWith("text/", StringComparison.Ordinal) => "subtitles",
            _ => "tweet_image",
        };

    public static bool IsMediaType(string mediaType) =>
        mediaType
            is "video/mp4"
                or "video/webm"
                or "video/mp2t"
                or "video/quicktime"
                or "text/srt"
                or "text/vtt"
                or "image/jpeg"
                or "image/gif"
                or "image/bmp"
                or "image/png"
                or "image/webp"
                or "image/pjpeg"
                or "image/tiff"
                or "model/gltf-binary"
                or "model/vnd.usdz+zip";
}
