namespace OrleansTwitterProxy.Sandbox;

/// <summary>Lookup of users.</summary>
internal sealed class UserEndpoints(UserStore users)
{
    private static readonly string[] Reading = [Scope.TweetRead, Scope.UsersRead];
    private static readonly EndpointLimits LookupLimits = new() { PerUser = 900, PerApp = 300 };

    public IEnumerable<ApiEndpoint> All =>
        [
            new("GET", "/2/users/me", Me)
            {
                Scopes = Reading,
                Limits = new() { PerUser = 75 },
            },
            Lookup("/2/users/{id}", ById),
            Lookup("/2/users/by/username/{username}", ByName),
            Lookup("/2/users", ByIds),
            Lookup("/2/users/by", ByNames),
        ];

    private static ApiEndpoint Lookup(string path, ApiHandler handler) =>
        new("GET", path, handler)
        {
            Authentication = ApiAuthentication.UserOrApp,
            Scopes = Reading,
            Limits = LookupLimits,
        };

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
