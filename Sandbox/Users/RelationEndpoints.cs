namespace OrleansTwitterProxy.Sandbox;

/// <summary>Mutes and blocks, only those of the authenticated user.</summary>
internal sealed class RelationEndpoints(UserRelations relations, UserStore users, WorldEvents events)
{
    public IEnumerable<ApiEndpoint> All =>
        [
            new("GET", "/2/users/{id}/muting", call => List(call, relations.Mutes)),
            new("GET", "/2/users/{id}/blocking", call => List(call, relations.Blocks)),
            new("POST", "/2/users/{id}/muting", MuteAsync),
            new("DELETE", "/2/users/{source_user_id}/muting/{target_user_id}", Unmute),
        ];

    private static ValueTask<ApiReply> List(ApiCall call, Edges<User, User> edges)
    {
        if (PathUser.Refuse(call) is { } notOwn)
            return new(notOwn);
        var request = PageRequest.Read(call.Query, 1, 1000, 100);
        var selection = FieldSelection.Read(call);
        return new(call.Query.Refusal ?? UserReplies.List(edges.From(call.User, request), selection));
    }

    private async ValueTask<ApiReply> MuteAsync(ApiCall call)
    {
        if (PathUser.Refuse(call) is { } notOwn)
            return notOwn;
        var (target, refusal) = await PathUser.ReadTargetAsync(call, users, "target_user_id");
        if (target is null)
            return refusal!;
        if (relations.Mutes.Add(call.User, target))
            events.Related("mute.mute", call.User, target);
        return ApiReply.Flag("muting", true);
    }

    private ValueTask<ApiReply> Unmute(ApiCall call)
    {
        if (PathUser.Refuse(call, "source_user_id") is { } notOwn)
            return new(notOwn);
        var id = call.Query.Id("target_user_id", call.Route("target_user_id"));
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        if (users.Find(id) is { } target && relations.Mutes.Remove(call.User, target))
            events.Related("mute.unmute", call.User, target);
        return new(ApiReply.Flag("muting", false));
    }
}
