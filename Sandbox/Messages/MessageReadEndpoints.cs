using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Reading direct messages and their media.</summary>
internal sealed class MessageReadEndpoints(ConversationStore conversations, UserStore users)
{
    private static readonly HashSet<string> Types = [MessageEvent.MessageCreate, MessageEvent.ParticipantsJoin, "ParticipantsLeave"];

    public IEnumerable<ApiEndpoint> All =>
        [
            new("GET", "/2/dm_events", call => List(call, null)),
            new("GET", "/2/dm_events/{event_id}", GetOne),
            new("GET", "/2/dm_conversations/{id}/dm_events", OfConversation),
            new("GET", "/2/dm_conversations/with/{participant_id}/dm_events", WithUser),
            new("GET", "/2/dm_conversations/media/{dm_id}/{media_id}/{resource_id}", Media),
        ];

    private ValueTask<ApiReply> OfConversation(ApiCall call) =>
        conversations.Find(call.Route("id"), call.User) is { } conversation
            ? List(call, conversation)
            : new(ApiErrors.NotAuthorizedForResource("You are not a participant of this conversation."));

    private ValueTask<ApiReply> WithUser(ApiCall call)
    {
        var id = call.Query.Id("participant_id", call.Route("participant_id"));
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        return users.Find(id) is { } other
            ? List(call, conversations.Between(call.User, other))
            : new(UserReplies.Missing([ApiErrors.NotFound("user", "participant_id", call.Route("participant_id"))]));
    }

    private ValueTask<ApiReply> List(ApiCall call, Conversation? conversation)
    {
        var request = PageRequest.Read(call.Query, 1, 100, 100);
        var types = call.Query.Names("event_types", Types);
        var selection = FieldSelection.Read(call);
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        var page = conversations.Read(call.User, conversation, item => types.Count == 0 || types.Contains(item.Type), request);
        var body = new JsonObject();
        if (page.Items.Count > 0)
            body["data"] = new JsonArray([.. page.Items.Select(item => item.Render(selection.Message))]);
        With(body, page.Items, selection);
        body["meta"] = PostReplies.Meta(page);
        return new(ApiReply.Ok(body));
    }

    private ValueTask<ApiReply> GetOne(ApiCall call)
    {
        var (found, refusal) = Find(call, "event_id");
        var selection = FieldSelection.Read(call);
        if (found is null || call.Query.Refusal is not null)
            return new(call.Query.Refusal ?? refusal!);
        return new(ApiReply.Ok(With(new JsonObject { ["data"] = found.Render(selection.Message) }, [found], selection)));
    }

    /// <summary>X responds with the bytes of the media: here the smallest GIF, whatever was uploaded.</summary>
    private ValueTask<ApiReply> Media(ApiCall call)
    {
        var (found, refusal) = Find(call, "dm_id");
        if (found is null)
            return new(refusal!);
        var id = call.Route("media_id");
        return new(
            found.Media.Any(media => media.Id == id)
                ? ApiReply.SmallestImage
                : UserReplies.Missing([ApiErrors.NotFound("media", "media_id", id)])
        );
    }

    private (MessageEvent? Event, ApiReply? Refusal) Find(ApiCall call, string parameter)
    {
        var id = call.Query.Id(parameter, call.Route(parameter));
        if (call.Query.Refusal is { } invalid)
            return (null, invalid);
        return conversations.FindEvent(id, call.User) is { } found
            ? (found, null)
            : (null, UserReplies.Missing([ApiErrors.NotFound("dm_event", parameter, call.Route(parameter))]));
    }

    private static JsonObject With(JsonObject body, IReadOnlyList<MessageEvent> events, FieldSelection selection)
    {
        var expanded = new List<User>();
        if (selection.Expansions.Contains("sender_id"))
            expanded.AddRange(events.Select(item => item.Sender));
        if (selection.Expansions.Contains("participant_ids"))
            expanded.AddRange(events.SelectMany(item => item.Conversation.Participants));
        var includes = expanded.Count > 0 ? UserReplies.Includes(expanded, selection) : [];
        var media = events.SelectMany(item => item.Media).Distinct().Select(item => item.Render(selection.Media)).ToList();
        if (selection.Expansions.Contains("attachments.media_keys") && media.Count > 0)
            includes["media"] = new JsonArray([.. media]);
        if (includes.Count > 0)
            body["includes"] = includes;
        return body;
    }
}
