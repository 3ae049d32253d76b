using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Complete responses about users.</summary>
internal static class UserReplies
{
    public static ApiReply One(User user, FieldSelection selection) => ApiReply.Data(UserRenderer.Render(user, selection.User));

    public static ApiReply Missing(IEnumerable<JsonObject> errors) =>
        ApiReply.Ok(new JsonObject { ["errors"] = new JsonArray([.. errors]) });

    public static ApiReply Many(IReadOnlyList<User> users, IReadOnlyList<JsonObject> missing, FieldSelection selection)
    {
        var body = new JsonObject();
        if (users.Count > 0)
            body["data"] = Array(users, selection);
        if (missing.Count > 0)
            body["errors"] = new JsonArray([.. missing]);
        return ApiReply.Ok(body);
    }

    public static ApiReply List(Page<User> page, FieldSelection selection)
    {
        var body = new JsonObject();
        if (page.Items.Count > 0)
            body["data"] = Array(page.Items, selection);
        body["meta"] = PostReplies.Meta(page);
        return ApiReply.Ok(body);
    }

    /// <summary>The <c>includes</c> of a response in which only users are expanded.</summary>
    public static JsonObject Includes(IEnumerable<User> users, FieldSelection selection) =>
        new() { ["users"] = Array([.. users.Distinct()], selection) };

    private static JsonArray Array(IReadOnlyList<User> users, FieldSelection selection) =>
        new([.. users.Select(user => UserRenderer.Render(user, selection.User))]);
}
