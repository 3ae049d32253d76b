using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Following, and lists of followers and followed users.</summary>
internal sealed class FollowEndpoints(SandboxOptions options, UserStore users, FollowGraph graph, WorldEvents events)
{
    public IEnumerable<ApiEndpoint> All =>
        [
            new("POST", "/2/users/{id}/following", FollowAsync),
            new("DELETE", "/2/users/{source_user_id}/following/{target_user_id}", Unfollow),
            new("GET", "/2/users/{id}/following", call => List(call, graph.Following)),
            new("GET", "/2/users/{id}/followers", call => List(call, graph.Followers)),
        ];

    private async ValueTask<ApiReply> FollowAsync(ApiCall call)
    {
        if (PathUser.Refuse(call) is { } notOwn)
            return notOwn;
        if (await JsonBody.ReadAsync(call) is not { } body)
            return ApiErrors.NotJson;
        body.Allow("target_user_id");
        var target = users.Find(body.RequiredId("target_user_id"));
        if (target is null || target == call.User)
            body.Fail("target_user_id", target?.Id ?? "", "is not a user who can be followed");
        if (body.Refusal is { } invalid)
            return invalid;
        if (options.SelfServePolicy)
            return ApiErrors.Policy("Following this account");
        if (graph.Add(call.User, target!))
            events.Related("follow.follow", call.User, target!);
        return ApiReply.Data(new JsonObject { ["following"] = true, ["pending_follow"] = false });
    }

    private ValueTask<ApiReply> Unfollow(ApiCall call)
    {
        if (PathUser.Refuse(call, "source_user_id") is { } notOwn)
            return new(notOwn);
        var id = call.Query.Id("target_user_id", call.Route("target_user_id"));
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        if (users.Find(id) is { } target && graph.Remove(call.User, target))
            events.Related("follow.unfollow", call.User, target);
        return new(ApiReply.Data(new JsonObject { ["following"] = false }));
    }

    private ValueTask<ApiReply> List(ApiCall call, Func<User, PageRequest, Page<User>> read)
    {
        var request = PageRequest.Read(call.Query, 1, 1000, 100);
        var selection = FieldSelection.Read(call);
        var (user, refusal) = PathUser.Find(call, users);
        return new(user is null ? refusal! : UserReplies.List(read(user, request), selection));
    }
}
