using System.Globalization;
using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>The steps of an upload, for both forms of the API.</summary>
internal sealed class MediaUploads(MediaStore store, TimeProvider clock)
{
    private const long MaxTotalBytes = 17_179_869_184;
    private const int MaxSegmentIndex = 999;

    /// <summary>X's error for an upload that is unknown, expired, or another user's; also for STATUS on an image.</summary>
    private static readonly ApiReply NotFound = ApiErrors.BadRequest("BadRequest: Not found");

    public async ValueTask<ApiReply> OneShotAsync(User user, MediaForm form)
    {
        if (!form.IsReadable)
            return ApiErrors.NotJson;
        if (form.Media is not { } bytes)
            return Invalid("media", "", "is missing but it is required");
        var mediaType = form["media_type"] ?? MediaSniffer.TypeOf(bytes);
        var (media, refusal) = Begin(user, form, mediaType, bytes.Length);
        if (media is null)
            return refusal!;
        media.Append(0, form.TakeMedia()!);
        return await FinalizeAsync(user, media.Id);
    }

    public ApiReply Initialize(User user, MediaForm form, int status)
    {
        if (!form.IsReadable)
            return ApiErrors.NotJson;
        if (form["media_type"] is not { } mediaType)
            return Invalid("media_type", "", "is missing but it is required");
        if (!long.TryParse(form["total_bytes"], NumberStyles.None, CultureInfo.InvariantCulture, out var total) || total > MaxTotalBytes)
            return Invalid("total_bytes", form["total_bytes"] ?? "", $"must be between 0 and {MaxTotalBytes}");
        var (media, refusal) = Begin(user, form, mediaType, total);
        return media is null ? refusal! : ApiReply.Data(Describe(media), status);
    }

    /// <param name="answersEmpty">Whether to respond 204 without a body, as the command= form does.</param>
    public ApiReply Append(User user, string id, MediaForm form, bool answersEmpty)
    {
        if (!form.IsReadable)
            return ApiErrors.NotJson;
        if (store.Find(id, user) is not { } media)
            return NotFound;
        if (!int.TryParse(form["segment_index"], NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index > MaxSegmentIndex)
            return Invalid("segment_index", form["segment_index"] ?? "", $"must be between 0 and {MaxSegmentIndex}");
        if (form.TakeMedia() is not { } bytes)
            return Invalid("media", "", "is missing but it is required");
        if (!media.Append(index, bytes))
        {
            bytes.Dispose();
            return ApiErrors.BadRequest("The upload is finalized already.");
        }
        return answersEmpty ? ApiReply.Empty(204) : ApiReply.Data(new JsonObject { ["expires_at"] = media.ExpiresAt.ToUnixTimeSeconds() });
    }

    public async ValueTask<ApiReply> FinalizeAsync(User user, string id)
    {
        if (store.Find(id, user) is not { } media)
            return NotFound;
        if (await store.FinishAsync(media) is not { } assembled)
            return ApiErrors.BadRequest("Segments do not add up to provided total file size.");
        var data = Describe(media);
        data["size"] = assembled.Size;
        if (media.Processing is { } processing)
            data["processing_info"] = processing.RenderAt(clock.GetUtcNow());
        if (media.Kind.Type == "photo")
            data["image"] = new JsonObject
            {
                ["image_type"] = media.MediaType,
                ["w"] = 1,
                ["h"] = 1,
            };
        else if (media.Kind.IsProcessed)
            data["video"] = new JsonObject { ["video_type"] = media.MediaType };
        return ApiReply.Data(data);
    }

    public ApiReply Status(User user, string id)
    {
        if (store.Find(id, user) is not { Processing: { } processing } media)
            return NotFound;
        var data = Describe(media);
        data["processing_info"] = processing.RenderAt(clock.GetUtcNow());
        return ApiReply.Data(data);
    }

    public static ApiReply Invalid(string field, string value, string problem)
    {
        var errors = new ErrorList();
        errors.Add(field, value, $"$.{field}: {problem}");
        return errors.Refusal!;
    }

    private (UploadedMedia? Media, ApiReply? Refusal) Begin(User user, MediaForm form, string mediaType, long totalBytes)
    {
        if (!MediaKind.IsMediaType(mediaType))
            return (null, Invalid("media_type", mediaType, "is not a media type that X takes"));
        var category = form["media_category"] ?? MediaKind.CategoryOf(mediaType);
        if (MediaKind.Of(category) is not { } kind)
            return (null, Invalid("media_category", category, "is not a media category"));
        if (totalBytes > kind.MaxBytes)
            return (null, ApiErrors.BadRequest($"File size exceeds {kind.MaxBytes} bytes."));
        var owners = (form["additional_owners"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).ToHashSet();
        return (store.Begin(user, mediaType, category, kind, totalBytes, owners), null);
    }

    private JsonObject Describe(UploadedMedia media) =>
        new()
        {
            ["id"] = media.Id,
            ["media_key"] = media.Key,
            ["expires_after_secs"] = (long)Math.Ceiling((media.ExpiresAt - clock.GetUtcNow()).TotalSeconds),
        };
}
