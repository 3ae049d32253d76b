using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Lists themselves, their members and their posts.</summary>
internal sealed class ListEndpoints(ListStore lists, ListReplies listReplies, UserStore users, PostStore posts, PostReplies postReplies)
{
    private const int MaxName = 25;
    private const int MaxDescription = 100;

    public IEnumerable<ApiEndpoint> All =>
        [
            new("POST", "/2/lists", CreateAsync),
            new("PUT", "/2/lists/{id}", UpdateAsync),
            new("DELETE", "/2/lists/{id}", Delete),
            new("GET", "/2/lists/{id}", GetOne),
            new("GET", "/2/lists/{id}/members", call => Users(call, lists.Members.From)),
            new("GET", "/2/lists/{id}/followers", call => Users(call, lists.Followers.To)),
            new("POST", "/2/lists/{id}/members", AddMemberAsync),
            new("DELETE", "/2/lists/{id}/members/{user_id}", RemoveMember),
            new("GET", "/2/lists/{id}/tweets", Posts),
        ];

    private delegate Page<User> ReadUsers(TwitterList list, PageRequest request, Func<User, bool>? filter = null);

    private async ValueTask<ApiReply> CreateAsync(ApiCall call)
    {
        if (await JsonBody.ReadAsync(call) is not { } body)
            return ApiErrors.NotJson;
        body.Allow("name", "description", "private");
        body.RequiredText("name");
        var (name, description, isPrivate) = Read(body);
        if (body.Refusal is { } invalid)
            return invalid;
        var list = lists.Create(call.User, name!, description ?? "", isPrivate ?? false);
        return ApiReply.Data(new JsonObject { ["id"] = list.Id, ["name"] = list.Name });
    }

    private async ValueTask<ApiReply> UpdateAsync(ApiCall call)
    {
        var (list, refusal) = listReplies.FindOwn(call);
        if (list is null)
            return refusal!;
        if (await JsonBody.ReadAsync(call) is not { } body)
            return ApiErrors.NotJson;
        body.Allow("name", "description", "private");
        var (name, description, isPrivate) = Read(body);
        if (body.Refusal is { } invalid)
            return invalid;
        list.Name = name ?? list.Name;
        list.Description = description ?? list.Description;
        list.IsPrivate = isPrivate ?? list.IsPrivate;
        return ApiReply.Flag("updated", true);
    }

    private ValueTask<ApiReply> Delete(ApiCall call)
    {
        var (list, refusal) = listReplies.FindOwn(call);
        if (list is null)
            return new(refusal!);
        lists.Delete(list);
        return new(ApiReply.Flag("deleted", true));
    }

    private ValueTask<ApiReply> GetOne(ApiCall call)
    {
        var selection = FieldSelection.Read(call);
        var (list, refusal) = listReplies.Find(call);
        return new(list is null ? refusal! : listReplies.One(list, selection));
    }

    private ValueTask<ApiReply> Users(ApiCall call, ReadUsers read)
    {
        var request = PageRequest.Read(call.Query, 1, 100, 100);
        var selection = FieldSelection.Read(call);
        var (list, refusal) = listReplies.Find(call);
        return new(list is null ? refusal! : UserReplies.List(read(list, request), selection));
    }

    private async ValueTask<ApiReply> AddMemberAsync(ApiCall call)
    {
        var (list, refusal) = listReplies.FindOwn(call);
        if (list is null)
            return refusal!;
        var (member, invalid) = await PathUser.ReadTargetAsync(call, users, "user_id");
        if (member is null)
            return invalid!;
        lists.Members.Add(list, member);
        return ApiReply.Flag("is_member", true);
    }

    private ValueTask<ApiReply> RemoveMember(ApiCall call)
    {
        var id = call.Query.Id("user_id", call.Route("user_id"));
        var (list, refusal) = listReplies.FindOwn(call);
        if (list is null)
            return new(refusal!);
        if (users.Find(id) is { } member)
            lists.Members.Remove(list, member);
        return new(ApiReply.Flag("is_member", false));
    }

    /// <summary>The posts of the list's members.</summary>
    private ValueTask<ApiReply> Posts(ApiCall call)
    {
        var request = PageRequest.Read(call.Query, 1, 100, 100);
        var selection = FieldSelection.Read(call);
        var (list, refusal) = listReplies.Find(call);
        if (list is null)
            return new(refusal!);
        var members = lists.Members.KeysFrom(list);
        return new(postReplies.Timeline(posts.Read(null, request, post => members.Contains(post.Author.Key)), selection));
    }

    private static (string? Name, string? Description, bool? IsPrivate) Read(JsonBody body)
    {
        var name = body.Text("name", MaxName);
        if (name is "")
            body.Fail("name", name, "must be at least 1 characters long");
        return (name, body.Text("description", MaxDescription), body.Flag("private"));
    }
}
