using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Subscriptions of the X Activity API.</summary>
internal sealed class ActivityEndpoints(ActivitySubscriptions subscriptions)
{
    private const string Path = "/2/activity/subscriptions";

    public IEnumerable<ApiEndpoint> All =>
        [
            new("GET", Path, List),
            new("POST", Path, CreateAsync),
            new("DELETE", Path, DeleteMany),
            new("PUT", Path + "/{subscription_id}", UpdateAsync),
            new("DELETE", Path + "/{subscription_id}", Delete),
        ];

    private ValueTask<ApiReply> List(ApiCall call)
    {
        var request = PageRequest.Read(call.Query, 1, 1000, 100);
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        var latestFirst = subscriptions.All.Reverse();
        var page = Page<ActivitySubscription>.Take(latestFirst, subscription => long.Parse(subscription.Id, null), request);
        return new(
            ApiReply.Ok(
                new JsonObject
                {
                    ["data"] = new JsonArray([.. page.Items.Select(subscription => subscription.Render())]),
                    ["meta"] = PostReplies.Meta(page),
                }
            )
        );
    }

    private async ValueTask<ApiReply> CreateAsync(ApiCall call)
    {
        if (await JsonBody.ReadAsync(call) is not { } body)
            return ApiErrors.NotJson;
        body.Allow("event_type", "filter", "tag", "webhook_id");
        var eventType = body.RequiredText("event_type");
        if (!body.Has("filter"))
            body.Fail("filter", "", "is missing but it is required");
        var userId = body.Object("filter")?.RequiredText("user_id");
        var (tag, webhookId) = (body.Text("tag", 200), body.Text("webhook_id"));
        if (body.Refusal is { } invalid)
            return invalid;
        if (subscriptions.Add(eventType, userId!, tag, webhookId) is { } added)
            return WithTotal(new JsonObject { ["subscription"] = added.Render() });
        body.Refuse("filter", userId!, "A subscription for this event and filter already exists.");
        return body.Refusal!;
    }

    private async ValueTask<ApiReply> UpdateAsync(ApiCall call)
    {
        if (subscriptions.Find(call.Route("subscription_id")) is not { } found)
            return Missing(call);
        if (await JsonBody.ReadAsync(call) is not { } body)
            return ApiErrors.NotJson;
        body.Allow("tag", "webhook_id");
        var changed = found with { Tag = body.Text("tag", 200) ?? found.Tag, WebhookId = body.Text("webhook_id") ?? found.WebhookId };
        if (body.Refusal is { } invalid)
            return invalid;
        subscriptions.Replace(changed);
        return WithTotal(new JsonObject { ["subscription"] = changed.Render() });
    }

    private ValueTask<ApiReply> Delete(ApiCall call) =>
        new(subscriptions.Delete([call.Route("subscription_id")]) == 0 ? Missing(call) : WithTotal(new JsonObject { ["deleted"] = true }));

    private ValueTask<ApiReply> DeleteMany(ApiCall call)
    {
        var ids = call.Query.Many("ids");
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        var deleted = subscriptions.Delete(ids);
        return new(WithTotal(new JsonObject { ["deleted"] = deleted > 0, ["deleted_count"] = deleted }));
    }

    private ApiReply WithTotal(JsonObject data) =>
        ApiReply.Ok(
            new JsonObject
            {
                ["data"] = data,
                ["meta"] = new JsonObject { ["total_subscriptions"] = subscriptions.All.Count },
            }
        );

    private static ApiReply Missing(ApiCall call) =>
        UserReplies.Missing([ApiErrors.NotFound("subscription", "subscription_id", call.Route("subscription_id"))]);
}
