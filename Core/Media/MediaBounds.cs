using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>What X takes, checked before a byte goes there: by what is declared, and by what the first bytes say.</summary>
internal static class MediaBounds
{
    private const int MaxGifWidth = 1280;
    private const int MaxGifHeight = 1080;
    private const int MaxGifFrames = 350;
    private const long MaxGifPixels = 300_000_000;
    private const int MinVideoSide = 32;
    private const long MaxSubtitleBytes = 512 * 1024;

    /// <summary>The media types of X's initialize (OpenAPI 2.167) that can be attached to a tweet, and subtitles.</summary>
    private static readonly HashSet<string> MediaTypes = new(StringComparer.Ordinal)
    {
        "video/mp4",
        "video/webm",
        "video/mp2t",
        "video/quicktime",
        "text/srt",
        "text/vtt",
        "image/jpeg",
        "image/gif",
        "image/bmp",
        "image/png",
        "image/webp",
        "image/pjpeg",
        "image/tiff",
    };

    /// <summary>The category of an upload that names none.</summary>
    public static string CategoryOf(string mediaType) =>
        mediaType switch
        {
            "image/gif" => "tweet_gif",
            _ when mediaType.StartsWith("video/", StringComparison.Ordinal) => "tweet_video",
            _ when mediaType.StartsWith("text/", StringComparison.Ordinal) => "subtitles",
            _ => "tweet_image",
        };

    /// <summary>Checks what the client declares.</summary>
    public static Rejection? CheckDeclared(string mediaType, string category, long totalBytes, MediaOptions options)
    {
        if (!MediaTypes.Contains(mediaType))
        {
            return new(
                RejectionReason.MediaUnsupported,
                $"X takes no '{mediaType}'. It takes {string.Join(", ", MediaTypes.Order(StringComparer.Ordinal))}."
            );
        }

        var (kind, begins, bytes, setting) = category switch
        {
            "tweet_image" or "dm_image" => ("an image", "image/", options.MaxImageBytes, nameof(MediaOptions.MaxImageBytes)),
            "tweet_gif" or "dm_gif" => ("an animated GIF", "image/gif", options.MaxGifBytes, nameof(MediaOptions.MaxGifBytes)),
            "tweet_video" or "dm_video" or "amplify_video" => (
                "a video",
                "video/",
                options.MaxVideoBytes,
                nameof(MediaOptions.MaxVideoBytes)
            ),
            "subtitles" => ("subtitles", "text/", MaxSubtitleBytes, ""),
            _ => ("", "", 0L, ""),
        };
        if (kind.Length == 0)
            return new(RejectionReason.MediaUnsupported, $"X knows no media category '{category}'.");
        if (!mediaType.StartsWith(begins, StringComparison.Ordinal))
            return new(RejectionReason.MediaUnsupported, $"{category} takes {begins}, and this is declared as {mediaType}.");
        if (totalBytes <= bytes)
            return null;
        var mendable = setting.Length == 0 ? "" : $" ({MediaOptions.Section}:{setting})";
        return new(RejectionReason.MediaTooLarge, $"X takes {kind} of up to {bytes} bytes{mendable}; this has {totalBytes}.");
    }

    /// <summary>Checks what the first bytes say: the type in any case, dimensions and duration where a header among them tells.</summary>
    public static Rejection? Inspect(string mediaType, string category, ReadOnlySpan<byte> head, MediaOptions options)
    {
        if (MediaSniffer.IsRecognisable(mediaType))
        {
            var found = MediaSniffer.TypeOf(head);
            if (found is null)
                return Invalid($"This is declared as {mediaType}, and does not begin like one.");
            if (!MediaSniffer.Agree(found, mediaType))
                return Invalid($"This is declared as {mediaType}, and is {found}.");
        }

        if (category is "tweet_gif" or "dm_gif")
            return GifHeader.Read(head) is { } gif ? CheckGif(gif) : null;
        return category is "tweet_video" or "dm_video" && Mp4Header.Read(head) is { } video ? CheckVideo(video, options) : null;
    }

    private static Rejection? CheckGif(GifHeader gif)
    {
        if (gif.Width > MaxGifWidth || gif.Height > MaxGifHeight)
            return Invalid($"X takes GIFs of up to {MaxGifWidth} x {MaxGifHeight} pixels; this has {gif.Width} x {gif.Height}.");
        if (gif.FramesSeen > MaxGifFrames)
            return Invalid($"X takes GIFs of up to {MaxGifFrames} frames; this has more.");
        return (long)gif.Width * gif.Height * gif.FramesSeen > MaxGifPixels
            ? Invalid($"X takes GIFs of up to {MaxGifPixels} pixels over all frames; this has more.")
            : null;
    }

    private static Rejection? CheckVideo(Mp4Header video, MediaOptions options)
    {
        if (video.Duration is { } duration && (duration < options.MinVideoDuration || duration > options.MaxVideoDuration))
        {
            return Invalid(
                $"X takes videos of {options.MinVideoDuration.TotalSeconds} to {options.MaxVideoDuration.TotalSeconds} seconds ({MediaOptions.Section}:{nameof(MediaOptions.MaxVideoDuration)}); this has {duration.TotalSeconds:0.##}."
            );
        }

        if (video is not { Width: { } width, Height: { } height })
            return null;
        var (longer, shorter) = (Math.Max(width, height), Math.Min(width, height));
        if (shorter < MinVideoSide || longer > options.MaxVideoLongSide || shorter > options.MaxVideoShortSide)
        {
            return Invalid(
                $"X takes videos of {MinVideoSide} x {MinVideoSide} to {options.MaxVideoLongSide} x {options.MaxVideoShortSide} pixels ({MediaOptions.Section}:{nameof(MediaOptions.MaxVideoLongSide)}, {nameof(MediaOptions.MaxVideoShortSide)}); this has {width} x {height}."
            );
        }

        return longer > 3 * shorter ? Invalid($"X takes videos of 1:3 to 3:1; this has {width} x {height} pixels.") : null;
    }

    private static Rejection Invalid(string detail) => new(RejectionReason.MediaInvalid, detail);
}
