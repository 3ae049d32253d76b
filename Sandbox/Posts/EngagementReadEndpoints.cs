namespace OrleansTwitterProxy.Sandbox;

/// <summary>Who likes, reposts and quotes a post, and what a user likes; hiding replies.</summary>
internal sealed class EngagementReadEndpoints(PostStore posts, UserStore users, PostReplies replies)
{
    public IEnumerable<ApiEndpoint> All =>
        [
            new("GET", "/2/tweets/{id}/liking_users", call => Users(call, posts.LikersOf)),
            new("GET", "/2/tweets/{id}/retweeted_by", call => Users(call, RepostersOf)),
            new("GET", "/2/tweets/{id}/retweets", call => Posts(call, 1, (post, candidate) => candidate.RepostOf == post)),
            new("GET", "/2/tweets/{id}/quote_tweets", call => Posts(call, 10, (post, candidate) => candidate.QuoteOf == post)),
            new("GET", "/2/users/{id}/liked_tweets", Liked),
            new("GET", "/2/users/reposts_of_me", RepostsOfMe),
            new("PUT", "/2/tweets/{tweet_id}/hidden", HideAsync),
        ];

    private ValueTask<ApiReply> Users(ApiCall call, Func<Post, PageRequest, Page<User>> read)
    {
        var request = PageRequest.Read(call.Query, 1, 100, 100);
        var selection = FieldSelection.Read(call);
        var (post, refusal) = Find(call);
        return new(post is null ? refusal! : UserReplies.List(read(post, request), selection));
    }

    private Page<User> RepostersOf(Post post, PageRequest request) =>
        posts.Read(null, request, candidate => candidate.RepostOf == post).Select(repost => repost.Author);

    private ValueTask<ApiReply> Posts(ApiCall call, int min, Func<Post, Post, bool> belongs)
    {
        var request = PageRequest.Read(call.Query, min, 100, Math.Max(min, 10));
        var filter = PostFilter.Read(call.Query);
        var selection = FieldSelection.Read(call);
        var (post, refusal) = Find(call);
        return new(
            post is null
                ? refusal!
                : replies.Timeline(posts.Read(null, request, candidate => belongs(post, candidate) && filter.Admits(candidate)), selection)
        );
    }

    private ValueTask<ApiReply> Liked(ApiCall call)
    {
        var request = PageRequest.Read(call.Query, 5, 100, 100);
        var selection = FieldSelection.Read(call);
        var (user, refusal) = PathUser.Find(call, users);
        return new(user is null ? refusal! : replies.Timeline(posts.LikedBy(user, request), selection));
    }

    /// <summary>The user's posts that others have reposted.</summary>
    private ValueTask<ApiReply> RepostsOfMe(ApiCall call)
    {
        var request = PageRequest.Read(call.Query, 1, 100, 100);
        var selection = FieldSelection.Read(call);
        return new(call.Query.Refusal ?? replies.Timeline(posts.Read(call.User, request, post => post.RepostedBy.Count > 0), selection));
    }

    private async ValueTask<ApiReply> HideAsync(ApiCall call)
    {
        var (post, refusal) = Find(call, "tweet_id");
        if (post is null)
            return refusal!;
        if (await JsonBody.ReadAsync(call) is not { } body)
            return ApiErrors.NotJson;
        body.Allow("hidden");
        if (!body.Has("hidden"))
            body.Fail("hidden", "", "is missing but it is required");
        var hides = body.Flag("hidden") ?? false;
        if (body.Refusal is { } invalid)
            return invalid;
        if (post.ReplyTo is null || post.Root.Author != call.User)
            return ApiErrors.NotAuthorizedForResource("You are not allowed to hide this Tweet.");
        post.IsHidden = hides;
        return ApiReply.Flag("hidden", hides);
    }

    private (Post? Post, ApiReply? Refusal) Find(ApiCall call, string parameter = "id")
    {
        var text = call.Route(parameter);
        var id = call.Query.Id(parameter, text);
        if (call.Query.Refusal is { } invalid)
            return (null, invalid);
        return posts.Find(id) is { } post ? (post, null) : (null, UserReplies.Missing([ApiErrors.NotFound("tweet", parameter, text)]));
    }
}
