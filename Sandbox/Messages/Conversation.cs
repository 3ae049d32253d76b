using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>A conversation of two users, named by both their ids, or of a group.</summary>
internal sealed record Conversation(string Id, IReadOnlyList<User> Participants);

/// <summary>A message, or the join of a group's participants. Guarded by <see cref="ConversationStore"/>.</summary>
internal sealed class MessageEvent(long key, Conversation conversation, User sender, DateTimeOffset createdAt) : IKeyed
{
    public const string MessageCreate = "MessageCreate";
    public const string ParticipantsJoin = "ParticipantsJoin";

    public long Key { get; } = key;
    public string Id { get; } = SnowflakeIds.ToText(key);
    public Conversation Conversation { get; } = conversation;
    public User Sender { get; } = sender;
    public DateTimeOffset CreatedAt { get; } = createdAt;
    public required string Type { get; init; }
    public string Text { get; init; } = "";
    public IReadOnlyList<UploadedMedia> Media { get; init; } = [];

    /// <summary>The participants who deleted it; the others still see it.</summary>
    public HashSet<long> DeletedBy { get; } = [];

    /// <summary>Always id, type and text; other fields on request.</summary>
    public JsonObject Render(IReadOnlySet<string> fields)
    {
        var json = new JsonObject { ["id"] = Id, ["event_type"] = Type };
        if (Type == MessageCreate)
            json["text"] = Text;
        foreach (var field in fields)
        {
            if (Field(field) is { } value)
                json[field] = value;
        }
        return json;
    }

    private JsonNode? Field(string field) =>
        field switch
        {
            "created_at" => UserRenderer.Time(CreatedAt),
            "dm_conversation_id" => Conversation.Id,
            "sender_id" => Sender.Id,
            "participant_ids" when Type == ParticipantsJoin => new JsonArray([
                .. Conversation.Participants.Select(user => (JsonNode)user.Id),
            ]),
            "attachments" when Media.Count > 0 => new JsonObject
            {
                ["media_keys"] = new JsonArray([.. Media.Select(media => (JsonNode)media.Key)]),
            },
            _ => null,
        };
}
