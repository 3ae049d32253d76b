using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Alternative text and subtitles. Subtitles are accepted but not kept.</summary>
internal sealed class MediaMetadataEndpoints(MediaStore store)
{
    private const int MaxAltText = 1000;

    public IEnumerable<ApiEndpoint> All =>
        [
            new("POST", "/2/media/metadata", DescribeAsync),
            new("POST", "/2/media/subtitles", call => SubtitlesAsync(call, deletes: false)),
            new("DELETE", "/2/media/subtitles", call => SubtitlesAsync(call, deletes: true)),
        ];

    private async ValueTask<ApiReply> DescribeAsync(ApiCall call)
    {
        if (await JsonBody.ReadAsync(call) is not { } body)
            return ApiErrors.NotJson;
        var id = body.RequiredText("id");
        var text = body.Object("metadata")?.Object("alt_text")?.Text("text", MaxAltText);
        if (store.Find(id, call.User) is not { } media)
        {
            body.Fail("id", id, "is not media of this user");
            return body.Refusal!;
        }
        if (body.Refusal is { } invalid)
            return invalid;
        media.AltText = text ?? media.AltText;
        return ApiReply.Data(
            new JsonObject
            {
                ["id"] = id,
                ["associated_metadata"] = new JsonObject { ["alt_text"] = new JsonObject { ["text"] = media.AltText } },
            }
        );
    }

    private async ValueTask<ApiReply> SubtitlesAsync(ApiCall call, bool deletes)
    {
        if (await JsonBody.ReadAsync(call) is not { } body)
            return ApiErrors.NotJson;
        var id = body.RequiredText("id");
        if (store.Find(id, call.User) is null)
            body.Fail("id", id, "is not media of this user");
        return body.Refusal ?? ApiReply.Data(deletes ? new JsonObject { ["deleted"] = true } : new JsonObject { ["id"] = id });
    }
}
