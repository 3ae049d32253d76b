namespace OrleansTwitterProxy.Sandbox;

/// <summary>Search of posts: the last seven days, or all.</summary>
internal sealed class SearchEndpoints(PostStore posts, PostReplies replies, TimeProvider clock)
{
    public const int MaxQueryLength = 4096;
    public static readonly TimeSpan Recent = TimeSpan.FromDays(7);

    public IEnumerable<ApiEndpoint> All =>
        [
            new("GET", "/2/tweets/search/recent", call => Search(call, 100, clock.GetUtcNow() - Recent)),
            new("GET", "/2/tweets/search/all", call => Search(call, 500, DateTimeOffset.MinValue)),
        ];

    /// <summary>Reads the query of a search or a count.</summary>
    public static PostQuery ReadQuery(QueryParameters query)
    {
        var text = query.Required("query");
        if (text.Length > MaxQueryLength)
            query.Fail("query", text, $"The `query` query parameter is longer than {MaxQueryLength} characters");
        return new PostQuery(text);
    }

    private ValueTask<ApiReply> Search(ApiCall call, int maxResults, DateTimeOffset oldest)
    {
        var query = ReadQuery(call.Query);
        if (call.Query.Text("sort_order") is { } order and not ("recency" or "relevancy"))
            call.Query.Fail("sort_order", order, $"The `sort_order` query parameter value [{order}] is not one of [recency,relevancy]");
        var request = PageRequest.Read(call.Query, 10, maxResults, 10);
        var filter = PostFilter.Read(call.Query);
        var selection = FieldSelection.Read(call);
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        return new(
            replies.Timeline(
                posts.Read(null, request, post => post.CreatedAt >= oldest && filter.Admits(post) && query.Matches(post)),
                selection
            )
        );
    }
}
