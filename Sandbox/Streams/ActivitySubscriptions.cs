using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>A subscription to one kind of event of one user.</summary>
internal sealed record ActivitySubscription(string Id, string EventType, string UserId, DateTimeOffset CreatedAt)
{
    public string? Tag { get; init; }
    public string? WebhookId { get; init; }

    public JsonObject Render()
    {
        var json = new JsonObject
        {
            ["subscription_id"] = Id,
            ["event_type"] = EventType,
            ["filter"] = new JsonObject { ["user_id"] = UserId },
            ["created_at"] = UserRenderer.Time(CreatedAt),
            ["updated_at"] = UserRenderer.Time(CreatedAt),
        };
        if (Tag is not null)
            json["tag"] = Tag;
        if (WebhookId is not null)
            json["webhook_id"] = WebhookId;
        return json;
    }

    /// <summary>The line of the activity stream for an event.</summary>
    public JsonObject EventOf(string eventType, JsonObject payload)
    {
        var data = new JsonObject
        {
            ["event_uuid"] = Guid.NewGuid().ToString(),
            ["event_type"] = eventType,
            ["filter"] = new JsonObject { ["user_id"] = UserId },
            ["payload"] = payload.DeepClone(),
        };
        if (Tag is not null)
            data["tag"] = Tag;
        return new JsonObject { ["data"] = data };
    }
}

/// <summary>The app's subscriptions, which decide what the activity stream tells. Replaced as a whole, so readers need no lock.</summary>
internal sealed class ActivitySubscriptions(SnowflakeIds ids, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private volatile IReadOnlyList<ActivitySubscription> _all = [];

    public IReadOnlyList<ActivitySubscription> All => _all;

    public IEnumerable<ActivitySubscription> Matching(string eventType, User user) =>
        _all.Where(subscription => subscription.EventType == eventType && subscription.UserId == user.Id);

    public ActivitySubscription? Find(string id) => _all.FirstOrDefault(subscription => subscription.Id == id);

    /// <summary>Adds a subscription; null when there is one for the same events.</summary>
    public ActivitySubscription? Add(string eventType, string userId, string? tag, string? webhookId)
    {
        lock (_gate)
        {
            if (_all.Any(subscription => subscription.EventType == eventType && subscription.UserId == userId))
                return null;
            var added = new ActivitySubscription(SnowflakeIds.ToText(ids.Next()), eventType, userId, clock.GetUtcNow())
            {
                Tag = tag,
                WebhookId = webhookId,
            };
            _all = [.. _all, added];
            return added;
        }
    }

    public void Replace(ActivitySubscription changed)
    {
        lock (_gate)
            _all = [.. _all.Select(subscription => subscription.Id == changed.Id ? changed : subscription)];
    }

    /// <returns>The number of deleted subscriptions.</returns>
    public int Delete(IReadOnlyCollection<string> deleted)
    {
        lock (_gate)
        {
            var before = _all.Count;
            _all = [.. _all.Where(subscription => !deleted.Contains(subscription.Id))];
            return before - _all.Count;
        }
    }
}
