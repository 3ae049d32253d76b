namespace OrleansTwitterProxy.Sandbox;

/// <summary>Lookup of users.</summary>
internal sealed class UserEndpoints(UserStore users)
{
    public IEnumerable<ApiEndpoint> All =>
        [
            new("GET", "/2/users/me", Me),
            new("GET", "/2/users/{id}", ById),
            new("GET", "/2/users/by/username/{username}", ByName),
            new("GET", "/2/users", ByIds),
            new("GET", "/2/users/by", ByNames),
            new("GET", "/2/users/search", Search),
            new("GET", "/2/users/{id}/affiliates", Affiliates),
        ];

    private static ValueTask<ApiReply> Me(ApiCall call)
    {
        var selection = FieldSelection.Read(call);
        return new(call.Query.Refusal ?? UserReplies.One(call.User, selection));
    }

    private ValueTask<ApiReply> ById(ApiCall call)
    {
        var selection = FieldSelection.Read(call);
        var (user, refusal) = PathUser.Find(call, users);
        return new(user is null ? refusal! : UserReplies.One(user, selection));
    }

    private ValueTask<ApiReply> ByName(ApiCall call)
    {
        var selection = FieldSelection.Read(call);
        var name = call.Route("username");
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        return new(
            users.Find(name) is { } user
                ? UserReplies.One(user, selection)
                : UserReplies.Missing([ApiErrors.NotFound("user", "username", name)])
        );
    }

    private ValueTask<ApiReply> ByIds(ApiCall call) => new(Many(call, "ids", id => users.Find(call.Query.Id("ids", id))));

    private ValueTask<ApiReply> ByNames(ApiCall call) => new(Many(call, "usernames", users.Find));

    private ValueTask<ApiReply> Search(ApiCall call)
    {
        var query = call.Query.Required("query").TrimStart('@');
        var request = PageRequest.Read(call.Query, 1, 1000, 100);
        var selection = FieldSelection.Read(call);
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        var found = users
            .All.Where(user =>
                user.Username.Contains(query, StringComparison.OrdinalIgnoreCase)
                || user.Name.Contains(query, StringComparison.OrdinalIgnoreCase)
            )
            .OrderByDescending(user => user.Key);
        return new(UserReplies.List(Page<User>.Take(found, user => user.Key, request), selection));
    }

    /// <summary>No account in the sandbox has affiliates.</summary>
    private ValueTask<ApiReply> Affiliates(ApiCall call)
    {
        PageRequest.Read(call.Query, 1, 1000, 100);
        var selection = FieldSelection.Read(call);
        var (user, refusal) = PathUser.Find(call, users);
        return new(user is null ? refusal! : UserReplies.List(new Page<User>([], null, null), selection));
    }

    private static ApiReply Many(ApiCall call, string parameter, Func<string, User?> find)
    {
        var wanted = call.Query.Many(parameter).Select(value => (Value: value, User: find(value))).ToList();
        var selection = FieldSelection.Read(call);
        if (call.Query.Refusal is { } invalid)
            return invalid;
        return UserReplies.Many(
            [.. wanted.Select(entry => entry.User).OfType<User>()],
            [.. wanted.Where(entry => entry.User is null).Select(entry => ApiErrors.NotFound("user", parameter, entry.Value))],
            selection
        );
    }
}
