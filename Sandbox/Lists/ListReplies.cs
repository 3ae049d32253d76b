using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Complete responses about lists.</summary>
internal sealed class ListReplies(ListStore lists)
{
    /// <summary>The list of the path; if there is none, the refusal is X's 200 with only an error.</summary>
    public (TwitterList? List, ApiReply? Refusal) Find(ApiCall call, string parameter = "id")
    {
        var text = call.Route(parameter);
        var id = call.Query.Id(parameter, text);
        if (call.Query.Refusal is { } invalid)
            return (null, invalid);
        return lists.Find(id, call.Viewer) is { } list
            ? (list, null)
            : (null, UserReplies.Missing([ApiErrors.NotFound("list", parameter, text)]));
    }

    /// <summary>The list of the path, if the user owns it.</summary>
    public (TwitterList? List, ApiReply? Refusal) FindOwn(ApiCall call)
    {
        var (list, refusal) = Find(call);
        return list is null || list.Owner == call.User
            ? (list, refusal)
            : (null, ApiErrors.NotAuthorizedForResource("You are not allowed to change a List of another user."));
    }

    public ApiReply One(TwitterList list, FieldSelection selection) =>
        ApiReply.Ok(With(new JsonObject { ["data"] = list.Render(selection.List, lists) }, [list], selection));

    public ApiReply Page(Page<TwitterList> page, FieldSelection selection)
    {
        var body = new JsonObject();
        if (page.Items.Count > 0)
            body["data"] = new JsonArray([.. page.Items.Select(list => list.Render(selection.List, lists))]);
        With(body, page.Items, selection);
        body["meta"] = PostReplies.Meta(page);
        return ApiReply.Ok(body);
    }

    private static JsonObject With(JsonObject body, IReadOnlyList<TwitterList> listed, FieldSelection selection)
    {
        if (selection.Expansions.Contains("owner_id") && listed.Count > 0)
            body["includes"] = UserReplies.Includes(listed.Select(list => list.Owner), selection);
        return body;
    }
}
