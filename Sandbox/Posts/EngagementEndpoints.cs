using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Likes and reposts. The id in the path must be the authenticated user's own.</summary>
internal sealed class EngagementEndpoints(SandboxOptions options, PostStore posts, WorldEvents events)
{
    public IEnumerable<ApiEndpoint> All =>
        [
            new("POST", "/2/users/{id}/likes", LikeAsync),
            new("DELETE", "/2/users/{id}/likes/{tweet_id}", Unlike),
            new("POST", "/2/users/{id}/retweets", RepostAsync),
            new("DELETE", "/2/users/{id}/retweets/{source_tweet_id}", UndoRepost),
        ];

    private async ValueTask<ApiReply> LikeAsync(ApiCall call)
    {
        var (post, refusal) = await ReadTargetAsync(call);
        if (post is null)
            return refusal!;
        if (options.SelfServePolicy)
            return ApiErrors.Policy("Liking this post");
        if (posts.Like(call.User, post))
            events.Liked(call.User, post);
        return Answer("liked", true);
    }

    private ValueTask<ApiReply> Unlike(ApiCall call) => new(Undo(call, "tweet_id", "liked", (user, post) =>
            {
                if (posts.Unlike(user, post))
                    events.Unliked(user, post);
            }));

    private async ValueTask<ApiReply> RepostAsync(ApiCall call)
    {
        var (post, refusal) = await ReadTargetAsync(call);
        if (post is null)
            return refusal!;
        var repost = posts.Repost(call.User, post);
        return ApiReply.Data(new JsonObject { ["rest_id"] = repost.Id, ["retweeted"] = true });
    }

    private ValueTask<ApiReply> UndoRepost(ApiCall call) => new(Undo(call, "source_tweet_id", "retweeted", posts.UndoRepost));

    private async ValueTask<(Post? Post, ApiReply? Refusal)> ReadTargetAsync(ApiCall call)
    {
        if (PathUser.Refuse(call) is { } notOwn)
            return (null, notOwn);
        if (await JsonBody.ReadAsync(call) is not { } body)
            return (null, ApiErrors.NotJson);
        body.Allow("tweet_id");
        var id = body.RequiredId("tweet_id");
        if (body.Refusal is { } invalid)
            return (null, invalid);
        if (posts.Find(id) is { } post)
            return (post, null);
        body.Fail("tweet_id", $"{id}", "the post does not exist");
        return (null, body.Refusal);
    }

    private ApiReply Undo(ApiCall call, string parameter, string answer, Action<User, Post> undo)
    {
        if (PathUser.Refuse(call) is { } notOwn)
            return notOwn;
        var id = call.Query.Id(parameter, call.Route(parameter));
        if (call.Query.Refusal is { } invalid)
            return invalid;
        if (posts.Find(id) is { } post)
            undo(call.User, post);
        return Answer(answer, false);
    }

    private static ApiReply Answer(string name, bool value) => ApiReply.Data(new JsonObject { [name] = value });
}
