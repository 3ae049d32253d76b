namespace OrleansTwitterProxy.Sandbox;

/// <summary>The three timelines, newest first.</summary>
internal sealed class TimelineEndpoints(PostStore posts, UserStore users, FollowGraph graph, PostReplies replies)
{
    private static readonly string[] Reading = [Scope.TweetRead, Scope.UsersRead];

    public IEnumerable<ApiEndpoint> All =>
        [
            new("GET", "/2/users/{id}/tweets", UserPosts)
            {
                Authentication = ApiAuthentication.UserOrApp,
                Scopes = Reading,
                Limits = new() { PerUser = 900, PerApp = 10_000 },
            },
            new("GET", "/2/users/{id}/timelines/reverse_chronological", Home)
            {
                Scopes = Reading,
                Limits = new() { PerUser = 180 },
            },
            new("GET", "/2/users/{id}/mentions", Mentions)
            {
                Authentication = ApiAuthentication.UserOrApp,
                Scopes = Reading,
                Limits = new() { PerUser = 300, PerApp = 450 },
            },
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
