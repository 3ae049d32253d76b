using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>One list of users. A private one exists for its owner only.</summary>
internal sealed class TwitterList(long key, User owner, DateTimeOffset createdAt) : IKeyed
{
    public long Key { get; } = key;
    public string Id { get; } = SnowflakeIds.ToText(key);
    public User Owner { get; } = owner;
    public DateTimeOffset CreatedAt { get; } = createdAt;
    public required string Name { get; set; }
    public required string Description { get; set; }
    public required bool IsPrivate { get; set; }

    public bool IsVisibleTo(User? viewer) => !IsPrivate || viewer == Owner;

    /// <summary>Always id and name; other fields on request.</summary>
    public JsonObject Render(IReadOnlySet<string> fields, ListStore lists)
    {
        var json = new JsonObject { ["id"] = Id, ["name"] = Name };
        foreach (var field in fields)
        {
            JsonNode? value = field switch
            {
                "created_at" => UserRenderer.Time(CreatedAt),
                "description" => Description,
                "follower_count" => lists.Followers.CountTo(this),
                "member_count" => lists.Members.CountFrom(this),
                "owner_id" => Owner.Id,
                "private" => IsPrivate,
                _ => null,
            };
            if (value is not null)
                json[field] = value;
        }
        return json;
    }
}
