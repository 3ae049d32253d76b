namespace OrleansTwitterProxy.Sandbox;

/// <summary>The three timelines, newest first.</summary>
internal sealed class TimelineEndpoints(PostStore posts, UserStore users, FollowGraph graph, PostReplies replies)
{
    public IEnumerable<ApiEndpoint> All =>
        [
            new("GET", "/2/users/{id}/tweets", UserPosts),
            new("GET", "/2/users/{id}/timelines/reverse_chronological", Home),
            new("GET", "/2/users/{id}/mentions", Mentions),
        ];

    private ValueTask<ApiReply> UserPosts(ApiCall call) =>
        new(Read(call, 5, 10, (user, request, filter) => posts.Read(user, request, filter)));

    /// <summary>The authenticated user's own posts and those of followed users.</summary>
    private ValueTask<ApiReply> Home(ApiCall call) => new(PathUser.Refuse(call) ?? Read(call, 1, 100, (user, request, filter) =>
                {
                    var followed = graph.FollowedBy(user);
                    return posts.Read(null, request, post => (post.Author == user || followed.Contains(post.Author.Key)) && filter(post));
                }));

    private ValueTask<ApiReply> Mentions(ApiCall call) =>
        new(Read(call, 5, 10, (user, request, filter) => posts.Read(null, request, post => IsAddressedTo(post, user) && filter(post))));

    private ApiReply Read(ApiCall call, int min, int fallback, Func<User, PageRequest, Func<Post, bool>, Page<Post>> read)
    {
        var request = PageRequest.Read(call.Query, min, 100, fallback);
        var filter = PostFilter.Read(call.Query);
        var selection = FieldSelection.Read(call);
        var (user, refusal) = PathUser.Find(call, users);
        return user is null ? refusal! : replies.Timeline(read(user, request, filter.Admits), selection);
    }

    private static bool IsAddressedTo(Post post, User user) =>
        post.RepostOf is null
        && post.Author != user
        && (post.ReplyTo?.Author == user || post.Mentions.Contains(user.Username, StringComparer.OrdinalIgnoreCase));
}
