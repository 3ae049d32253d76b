using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>One audio room. The sandbox's are seeded and do not change.</summary>
internal sealed record Space(string Id, string Title, string State, User Creator, DateTimeOffset CreatedAt)
{
    public IReadOnlyList<User> Speakers { get; init; } = [];
    public IReadOnlyList<User> Buyers { get; init; } = [];

    /// <summary>A post that shares it; others that have its link in their text do too.</summary>
    public required Post Announcement { get; init; }

    public string Link => LinkOf(Id);

    public static string LinkOf(string id) => $"https://x.com/i/spaces/{id}";

    /// <summary>Always id and state; other fields on request.</summary>
    public JsonObject Render(IReadOnlySet<string> fields)
    {
        var json = new JsonObject { ["id"] = Id, ["state"] = State };
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
            "title" => Title,
            "creator_id" => Creator.Id,
            "created_at" or "updated_at" => UserRenderer.Time(CreatedAt),
            "started_at" when State != "scheduled" => UserRenderer.Time(CreatedAt),
            "scheduled_start" when State == "scheduled" => UserRenderer.Time(CreatedAt.AddDays(1)),
            "ended_at" when State == "ended" => UserRenderer.Time(CreatedAt.AddHours(1)),
            "host_ids" => new JsonArray(Creator.Id),
            "speaker_ids" => new JsonArray([.. Speakers.Select(speaker => (JsonNode)speaker.Id)]),
            "is_ticketed" => Buyers.Count > 0,
            "lang" => "en",
            "participant_count" => Speakers.Count + Buyers.Count + 1,
            "subscriber_count" => 0,
            _ => null,
        };
}
