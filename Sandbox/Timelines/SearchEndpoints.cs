namespace OrleansTwitterProxy.Sandbox;

/// <summary>Recent search: the last seven days.</summary>
internal sealed class SearchEndpoints(PostStore posts, PostReplies replies, TimeProvider clock)
{
    private const int MaxQueryLength = 4096;
    private static readonly TimeSpan Recent = TimeSpan.FromDays(7);

    public IEnumerable<ApiEndpoint> All =>
        [
            new("GET", "/2/tweets/search/recent", Search)
            {
                Authentication = ApiAuthentication.UserOrApp,
                Scopes = [Scope.TweetRead, Scope.UsersRead],
                Limits = new() { PerUser = 300, PerApp = 450 },
            },
        ];

    private ValueTask<ApiReply> Search(ApiCall call)
    {
        var text = call.Query.Required("query");
        if (text.Length > MaxQueryLength)
            call.Query.Fail("query", text, $"The `query` query parameter is longer than {MaxQueryLength} characters");
        if (call.Query.Text("sort_order") is { } order and not ("recency" or "relevancy"))
            call.Query.Fail("sort_order", order, $"The `sort_order` query parameter value [{order}] is not one of [recency,relevancy]");
        var tokenName = call.Query.Text("next_token") is null ? "pagination_token" : "next_token";
        var request = PageRequest.Read(call.Query, 10, 100, 10, tokenName);
        var filter = PostFilter.Read(call.Query);
        var selection = FieldSelection.Read(call);
        if (call.Query.Refusal is { } invalid)
            return new(invalid);

        var query = new PostQuery(text);
        var oldest = clock.GetUtcNow() - Recent;
        return new(
            replies.Timeline(
                posts.Read(null, request, post => post.CreatedAt >= oldest && filter.Admits(post) && query.Matches(post)),
                selection
            )
        );
    }
}
