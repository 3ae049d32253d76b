using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>
/// What is refused before a byte goes to X: by what is declared, and by what the first bytes say. X's bounds differ by account and source,
/// and change; so only what no source allows is refused here, and what the operator's settings exclude. The rest is for X to judge.
/// </summary>
internal static class MediaBounds
{
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
                $"This proxy takes no '{mediaType}'. It takes {string.Join(", ", MediaTypes.Order(StringComparer.Ordinal))}."
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
            "subtitles" => ("subtitles", "text/", options.MaxBytes, nameof(MediaOptions.MaxVideoBytes)),
            _ => ("", "", 0L, ""),
        };
        if (kind.Length == 0)
            return new(RejectionReason.MediaUnsupported, $"X knows no media category '{category}'.");
        if (!mediaType.StartsWith(begins, StringComparison.Ordinal))
            return new(RejectionReason.MediaUnsupported, $"{category} takes {begins}, and this is declared as {mediaType}.");
        if (totalBytes <= bytes)
            return null;
        return new(
            RejectionReason.MediaTooLarge,
            $"This proxy takes {kind} of up to {bytes} bytes ({MediaOptions.Section}:{setting}); this has {totalBytes}."
        );
    }

    /// <summary>Checks what the first bytes say: the type, and what a header among them tells that the operator excludes.</summary>
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

        return category is "tweet_video" or "dm_video" or "amplify_video" && Mp4Header.Read(head) is { } video
            ? CheckVideo(video, options)
            : null;
    }

    private static Rejection? CheckVideo(Mp4Header video, MediaOptions options)
    {
        if (video.Duration is { } duration && duration > options.MaxVideoDuration)
        {
            return Invalid(
                $"This proxy takes videos of up to {options.MaxVideoDuration.TotalSeconds} seconds ({MediaOptions.Section}:{nameof(MediaOptions.MaxVideoDuration)}); this has {duration.TotalSeconds:0.##}."
            );
        }

        if (video is not { Width: { } width, Height: { } height })
            return null;
        var (longer, shorter) = (Math.Max(width, height), Math.Min(width, height));
        return longer > options.MaxVideoLongSide || shorter > options.MaxVideoShortSide
            ? Invalid(
                $"This proxy takes videos of up to {options.MaxVideoLongSide} x {options.MaxVideoShortSide} pixels ({MediaOptions.Section}:{nameof(MediaOptions.MaxVideoLongSide)}, {nameof(MediaOptions.MaxVideoShortSide)}); this has {width} x {height}."
            )
            : null;
    }

    private static Rejection Invalid(string detail) => new(RejectionReason.MediaInvalid, detail);
}
