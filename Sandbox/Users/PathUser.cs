namespace OrleansTwitterProxy.Sandbox;

/// <summary>The user named in a path such as /2/users/{id}/likes.</summary>
internal static class PathUser
{
    /// <summary>The refusal when the id is not the authenticated user's own; null when it is.</summary>
    public static ApiReply? Refuse(ApiCall call, string parameter = "id")
    {
        var id = call.Route(parameter);
        if (id == call.User.Id)
            return null;
        call.Query.Fail(
            parameter,
            id,
            $"The `{parameter}` query parameter value [{id}] must be the same as the authenticating user [{call.User.Id}]"
        );
        return call.Query.Refusal;
    }

    /// <summary>The user whose id is the one property of the body.</summary>
    public static async ValueTask<(User? User, ApiReply? Refusal)> ReadTargetAsync(ApiCall call, UserStore users, string property)
    {
        if (await JsonBody.ReadAsync(call) is not { } body)
            return (null, ApiErrors.NotJson);
        body.Allow(property);
        var target = users.Find(body.RequiredId(property));
        if (target is null)
            body.Fail(property, body.Text(property) ?? "", "the user does not exist");
        return body.Refusal is { } invalid ? (null, invalid) : (target, null);
    }

    /// <summary>The user that a read is about; if there is none, the refusal is X's 200 with only an error.</summary>
    public static (User? User, ApiReply? Refusal) Find(ApiCall call, UserStore users)
    {
        var id = call.Query.Id("id", call.Route("id"));
        if (call.Query.Refusal is { } invalid)
            return (null, invalid);
        return users.Find(id) is { } user
            ? (user, null)
            : (null, UserReplies.Missing([ApiErrors.NotFound("user", "id", call.Route("id"))]));
    }
}
