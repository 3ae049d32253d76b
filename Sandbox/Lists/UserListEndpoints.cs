namespace OrleansTwitterProxy.Sandbox;

/// <summary>The lists that a user owns, follows, pins or is a member of.</summary>
internal sealed class UserListEndpoints(ListStore lists, ListReplies replies, UserStore users)
{
    public IEnumerable<ApiEndpoint> All =>
        [
            new("GET", "/2/users/{id}/owned_lists", call => Read(call, (user, request) => lists.OwnedBy(user, call.Viewer, request))),
            new("GET", "/2/users/{id}/followed_lists", call =>
                Read(call, (user, request) => lists.Followers.From(user, request, list => list.IsVisibleTo(call.Viewer)))
            ),
            new("GET", "/2/users/{id}/list_memberships", call =>
                Read(call, (user, request) => lists.Members.To(user, request, list => list.IsVisibleTo(call.Viewer)))
            ),
            new("GET", "/2/users/{id}/pinned_lists", Pinned),
            new("POST", "/2/users/{id}/followed_lists", call => AddAsync(call, lists.Followers, "following")),
            new("DELETE", "/2/users/{id}/followed_lists/{list_id}", call => Remove(call, lists.Followers, "following")),
            new("POST", "/2/users/{id}/pinned_lists", call => AddAsync(call, lists.Pins, "pinned")),
            new("DELETE", "/2/users/{id}/pinned_lists/{list_id}", call => Remove(call, lists.Pins, "pinned")),
        ];

    private ValueTask<ApiReply> Pinned(ApiCall call) =>
        PathUser.Refuse(call) is { } notOwn ? new(notOwn) : Read(call, (user, request) => lists.Pins.From(user, request));

    private ValueTask<ApiReply> Read(ApiCall call, Func<User, PageRequest, Page<TwitterList>> read)
    {
        var request = PageRequest.Read(call.Query, 1, 100, 100);
        var selection = FieldSelection.Read(call);
        var (user, refusal) = PathUser.Find(call, users);
        return new(user is null ? refusal! : replies.Page(read(user, request), selection));
    }

    private async ValueTask<ApiReply> AddAsync(ApiCall call, Edges<User, TwitterList> edges, string answer)
    {
        if (PathUser.Refuse(call) is { } notOwn)
            return notOwn;
        if (await JsonBody.ReadAsync(call) is not { } body)
            return ApiErrors.NotJson;
        body.Allow("list_id");
        var list = lists.Find(body.RequiredId("list_id"), call.User);
        if (list is null)
            body.Fail("list_id", body.Text("list_id") ?? "", "the list does not exist");
        if (body.Refusal is { } invalid)
            return invalid;
        edges.Add(call.User, list!);
        return ApiReply.Flag(answer, true);
    }

    private ValueTask<ApiReply> Remove(ApiCall call, Edges<User, TwitterList> edges, string answer)
    {
        if (PathUser.Refuse(call) is { } notOwn)
            return new(notOwn);
        var (list, refusal) = replies.Find(call, "list_id");
        if (list is null)
            return new(refusal!);
        edges.Remove(call.User, list);
        return new(ApiReply.Flag(answer, false));
    }
}
