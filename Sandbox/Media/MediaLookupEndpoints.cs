using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Lookup of media by key; metrics of media and of posts, which are all zero here.</summary>
internal sealed class MediaLookupEndpoints(MediaStore store, PostStore posts, TimeProvider clock)
{
    public IEnumerable<ApiEndpoint> All =>
        [
            new("GET", "/2/media", call => Many(call, call.Query.Many("media_keys"))),
            new("GET", "/2/media/{media_key}", One),
            new("GET", "/2/media/analytics", call => Analytics(call, "media_keys", "media_key", key => store.FindByKey(key) is not null)),
            new("GET", "/2/tweets/analytics", call => Analytics(call, "ids", "id", id => posts.Find(id) is not null)),
        ];

    private ValueTask<ApiReply> Many(ApiCall call, string[] keys)
    {
        var selection = FieldSelection.Read(call);
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        var found = keys.Select(store.FindByKey).OfType<UploadedMedia>().Select(media => (JsonNode)media.Render(selection.Media));
        var missing = keys.Where(key => store.FindByKey(key) is null);
        var body = new JsonObject();
        if (found.Any())
            body["data"] = new JsonArray([.. found]);
        if (missing.Any())
            body["errors"] = new JsonArray([.. missing.Select(key => ApiErrors.NotFound("media", "media_keys", key))]);
        return new(ApiReply.Ok(body));
    }

    private ValueTask<ApiReply> One(ApiCall call)
    {
        var selection = FieldSelection.Read(call);
        var key = call.Route("media_key");
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        return new(
            store.FindByKey(key) is { } media
                ? ApiReply.Data(media.Render(selection.Media))
                : UserReplies.Missing([ApiErrors.NotFound("media", "media_key", key)])
        );
    }

    private ValueTask<ApiReply> Analytics(ApiCall call, string parameter, string id, Func<string, bool> exists)
    {
        var wanted = call.Query.Many(parameter);
        call.Query.Required("start_time");
        call.Query.Required("end_time");
        call.Query.Time("start_time");
        call.Query.Time("end_time");
        if (call.Query.Required("granularity") is { Length: > 0 } granularity and not ("hourly" or "daily" or "weekly" or "total"))
            call.Query.Fail("granularity", granularity, "The `granularity` query parameter is not one of [hourly,daily,weekly,total]");
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        var metrics = wanted
            .Where(exists)
            .Select(value => (JsonNode)new JsonObject { [id] = value, ["timestamped_metrics"] = new JsonArray(Zero()) });
        return new(ApiReply.Data(new JsonArray([.. metrics])));
    }

    private JsonObject Zero() =>
        new()
        {
            ["timestamp"] = UserRenderer.Time(clock.GetUtcNow()),
            ["metrics"] = new JsonObject { ["impressions"] = 0, ["engagements"] = 0 },
        };
}
