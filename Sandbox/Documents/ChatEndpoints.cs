using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Encrypted chat and public keys. The sandbox keeps what it is given and reads none of it.</summary>
internal sealed class ChatEndpoints(DocumentStore documents, UserStore users)
{
    private static readonly DocumentKind Conversation = new("chat_conversation", """{"type":"group"}""");
    private static readonly DocumentKind Event = new("chat_event", """{"event_type":"message"}""") { Parent = "id" };
    private static readonly DocumentKind Key = new("public_key") { Required = ["public_key"] };
    private static readonly DocumentKind ConversationKey = new("conversation_key") { Parent = "id" };
    private static readonly DocumentKind Upload = new("media_upload", """{"resume_id":"1","expires_after_secs":86400}""");

    private readonly DocumentOperations _of = new(documents);

    public IEnumerable<ApiEndpoint> All =>
        [
            new("GET", "/2/chat/conversations", _of.List(Conversation)),
            new("POST", "/2/chat/conversations/group", _of.Create(Conversation, 201)),
            new("POST", "/2/chat/conversations/group/initialize", _of.Create(Conversation)),
            new("GET", "/2/chat/conversations/{id}", _of.Get(Conversation)),
            new("GET", "/2/chat/conversations/{id}/events", _of.List(Event)),
            new("POST", "/2/chat/conversations/{id}/keys", Within(_of.Create(ConversationKey))),
            new("POST", "/2/chat/conversations/{id}/members", Within(DocumentOperations.Answer("""{"success":true}"""))),
            new("POST", "/2/chat/conversations/{id}/messages", Within(_of.Create(Event, 201))),
            new("POST", "/2/chat/conversations/{id}/messages/delete", Within(DeleteMessagesAsync)),
            new("POST", "/2/chat/conversations/{id}/read", Within(DocumentOperations.Answer("""{"success":true}"""))),
            new("POST", "/2/chat/conversations/{id}/typing", Within(DocumentOperations.Answer("""{"success":true}"""))),
            new("POST", "/2/chat/media/upload/initialize", _of.Create(Upload)),
            new("POST", "/2/chat/media/upload/{id}/append", WithUpload(DocumentOperations.Answer("""{"success":true}"""))),
            new("POST", "/2/chat/media/upload/{id}/finalize", WithUpload(Finalize)),
            new("GET", "/2/chat/media/{id}/{media_hash_key}", _ => new(ApiReply.SmallestImage)),
            new("POST", "/2/users/{id}/public_keys", call =>
                PathUser.Refuse(call) is { } notOwn ? new(notOwn) : _of.Create(Key, 201)(call)
            ),
            new("GET", "/2/users/{id}/public_keys", OfUser),
            new("GET", "/2/users/public_keys", OfUsers),
        ];

    private ApiHandler Within(ApiHandler handler) => _of.About(Conversation, handler);

    private ApiHandler WithUpload(ApiHandler handler) => _of.About(Upload, handler);

    private static ValueTask<ApiReply> Finalize(ApiCall call) =>
        new(ApiReply.Data(new JsonObject { ["media_hash_key"] = $"hash-{call.Route("id")}", ["success"] = true }));

    private async ValueTask<ApiReply> DeleteMessagesAsync(ApiCall call)
    {
        if (await JsonBody.ReadAsync(call) is not { } body)
            return ApiErrors.NotJson;
        foreach (var id in body.Texts("message_ids", 1, 100))
        {
            if (documents.Find(Event, id, call.Route("id"), call.Viewer) is { } message)
                documents.Remove(message);
        }
        return body.Refusal ?? ApiReply.Flag("deleted", true);
    }

    private ValueTask<ApiReply> OfUser(ApiCall call)
    {
        var (user, refusal) = PathUser.Find(call, users);
        return new(user is null ? refusal! : Keys(user.Id));
    }

    private ValueTask<ApiReply> OfUsers(ApiCall call)
    {
        var ids = call.Query.Many("ids");
        return new(call.Query.Refusal ?? Keys(ids));
    }

    private ApiReply Keys(params string[] userIds)
    {
        var keys = documents
            .All(Key, null, null)
            .Where(key => userIds.Contains(key.Owner?.Id))
            .Select(key => key.Json.DeepClone())
            .ToArray();
        return ApiReply.Ok(
            new JsonObject
            {
                ["data"] = new JsonArray(keys),
                ["meta"] = new JsonObject { ["result_count"] = keys.Length },
            }
        );
    }
}
