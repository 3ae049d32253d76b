using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Sending and deleting direct messages.</summary>
internal sealed class MessageEndpoints(
    ConversationStore conversations,
    UserStore users,
    UserRelations relations,
    MediaStore media,
    WorldEvents events
)
{
    private const int MaxText = 10_000;
    private const int MaxParticipants = 49;

    public IEnumerable<ApiEndpoint> All =>
        [
            new("POST", "/2/dm_conversations", BeginGroupAsync),
            new("POST", "/2/dm_conversations/with/{participant_id}/messages", SendToUserAsync),
            new("POST", "/2/dm_conversations/{dm_conversation_id}/messages", SendToConversationAsync),
            new("DELETE", "/2/dm_events/{event_id}", Delete),
            new("POST", "/2/users/{id}/dm/block", call => Block(call, true)),
            new("POST", "/2/users/{id}/dm/unblock", call => Block(call, false)),
        ];

    private async ValueTask<ApiReply> BeginGroupAsync(ApiCall call)
    {
        if (await JsonBody.ReadAsync(call) is not { } body)
            return ApiErrors.NotJson;
        body.Allow("conversation_type", "participant_ids", "message");
        if (body.RequiredText("conversation_type") is not "Group" and var type)
            body.Fail("conversation_type", type, "is not one of [Group]");
        if (!body.Has("participant_ids"))
            body.Fail("participant_ids", "", "is missing but it is required");
        var participants = new List<User>();
        foreach (var id in body.Texts("participant_ids", 2, MaxParticipants))
        {
            if (SnowflakeIds.TryParse(id, out var key) && users.Find(key) is { } participant)
                participants.Add(participant);
            else
                body.Fail("participant_ids", id, "the user does not exist");
        }
        if (body.Object("message") is not { } message)
        {
            body.Fail("message", "", "is missing but it is required");
            return body.Refusal!;
        }
        var (text, attached) = Read(message, call.User);
        if (body.Refusal is { } invalid)
            return invalid;
        return Send(conversations.BeginGroup(call.User, participants), call.User, text, attached);
    }

    private async ValueTask<ApiReply> SendToUserAsync(ApiCall call)
    {
        var id = call.Query.Id("participant_id", call.Route("participant_id"));
        if (users.Find(id) is not { } participant || participant == call.User)
        {
            call.Query.Fail("participant_id", call.Route("participant_id"), "is not a user who can be sent a message");
            return call.Query.Refusal!;
        }
        return await ReadAndSendAsync(call, () => conversations.Between(call.User, participant));
    }

    private async ValueTask<ApiReply> SendToConversationAsync(ApiCall call) =>
        conversations.Find(call.Route("dm_conversation_id"), call.User) is { } conversation
            ? await ReadAndSendAsync(call, () => conversation)
            : ApiErrors.NotAuthorizedForResource("You are not a participant of this conversation.");

    private async ValueTask<ApiReply> ReadAndSendAsync(ApiCall call, Func<Conversation> find)
    {
        if (await JsonBody.ReadAsync(call) is not { } body)
            return ApiErrors.NotJson;
        var (text, attached) = Read(body, call.User);
        return body.Refusal ?? Send(find(), call.User, text, attached);
    }

    private ApiReply Send(Conversation conversation, User sender, string text, IReadOnlyList<UploadedMedia> attached)
    {
        if (conversation.Participants.Count == 2 && conversation.Participants.Any(other => relations.Refuses(other, sender)))
            return ApiErrors.NotAuthorizedForResource("You cannot send messages to this user.");
        var sent = conversations.Send(conversation, sender, text, attached);
        foreach (var recipient in conversation.Participants.Where(participant => participant != sender))
            events.MessageReceived(recipient, sent);
        return ApiReply.Data(new JsonObject { ["dm_conversation_id"] = conversation.Id, ["dm_event_id"] = sent.Id }, 201);
    }

    private ValueTask<ApiReply> Delete(ApiCall call)
    {
        var id = call.Query.Id("event_id", call.Route("event_id"));
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        if (conversations.FindEvent(id, call.User) is not { } found)
            return new(UserReplies.Missing([ApiErrors.NotFound("dm_event", "event_id", call.Route("event_id"))]));
        conversations.Delete(found, call.User);
        return new(ApiReply.Flag("deleted", true));
    }

    private ValueTask<ApiReply> Block(ApiCall call, bool blocks)
    {
        var (other, refusal) = PathUser.Find(call, users);
        if (other is null)
            return new(refusal!);
        if (blocks)
            relations.MessageBlocks.Add(call.User, other);
        else
            relations.MessageBlocks.Remove(call.User, other);
        return new(ApiReply.Flag("blocked", blocks));
    }

    private (string Text, IReadOnlyList<UploadedMedia> Media) Read(JsonBody body, User sender)
    {
        body.Allow("text", "attachments");
        var text = body.Text("text", MaxText) ?? "";
        var attached = new List<UploadedMedia>();
        foreach (var id in body.Objects("attachments").Select(attachment => attachment.RequiredText("media_id")))
        {
            if (media.FindUsable(id, sender) is { } usable)
                attached.Add(usable);
            else
                body.Refuse("attachments.media_id", id, "Your media IDs are invalid.");
        }
        if (text.Length == 0 && attached.Count == 0)
            body.Fail("text", text, "is missing but it is required");
        return (text, attached);
    }
}
