using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Counts of the posts that a search would find, in buckets of a minute, an hour or a day, oldest first.</summary>
internal sealed class CountEndpoints(PostStore posts, TimeProvider clock)
{
    /// <summary>The span of one page, as X's.</summary>
    private static readonly TimeSpan MaxSpan = TimeSpan.FromDays(31);

    private static readonly Dictionary<string, TimeSpan> Granularities = new()
    {
        ["minute"] = TimeSpan.FromMinutes(1),
        ["hour"] = TimeSpan.FromHours(1),
        ["day"] = TimeSpan.FromDays(1),
    };

    public IEnumerable<ApiEndpoint> All =>
        [
            new("GET", "/2/tweets/counts/recent", call => Count(call, SearchEndpoints.Recent, isRecent: true)),
            new("GET", "/2/tweets/counts/all", call => Count(call, TimeSpan.FromDays(30), isRecent: false)),
        ];

    private ValueTask<ApiReply> Count(ApiCall call, TimeSpan span, bool isRecent)
    {
        var query = SearchEndpoints.ReadQuery(call.Query);
        var filter = PostFilter.Read(call.Query);
        var request = PageRequest.Read(call.Query, 1, 1, 1);
        var name = call.Query.Text("granularity") ?? "hour";
        if (!Granularities.TryGetValue(name, out var granularity))
            call.Query.Fail("granularity", name, $"The `granularity` query parameter value [{name}] is not one of [minute,hour,day]");
        var end = filter.EndTime ?? clock.GetUtcNow();
        var start = filter.StartTime ?? end - span;
        if (start >= end)
            call.Query.Fail("start_time", UserRenderer.Time(start), "The `start_time` must be before the `end_time`");
        if (isRecent && start < clock.GetUtcNow() - SearchEndpoints.Recent - TimeSpan.FromMinutes(1))
            call.Query.Fail("start_time", UserRenderer.Time(start), "The `start_time` must be within the last 7 days");
        if (call.Query.Refusal is { } invalid)
            return new(invalid);

        // A page ends where the one before it began: X counts backwards through time, and shows every page oldest first.
        if (request.Token is { } token)
            end = DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(token.Key, end.ToUnixTimeMilliseconds()));
        var from = end - start > MaxSpan ? end - MaxSpan : start;
        var found = posts.All(post => post.CreatedAt >= from && post.CreatedAt < end && filter.Admits(post) && query.Matches(post));
        var meta = new JsonObject { ["total_tweet_count"] = found.Count };
        if (from > start)
            meta["next_token"] = new PageToken(from.ToUnixTimeMilliseconds(), false).ToString();
        return new(ApiReply.Ok(new JsonObject { ["data"] = Buckets(found, from, end, granularity), ["meta"] = meta }));
    }

    private static JsonArray Buckets(IReadOnlyList<Post> found, DateTimeOffset from, DateTimeOffset end, TimeSpan granularity)
    {
        var counts = found.CountBy(post => Floor(post.CreatedAt, granularity)).ToDictionary();
        var buckets = new JsonArray();
        for (var at = Floor(from, granularity); at < end; at += granularity)
        {
            buckets.Add(
                (JsonNode)
                    new JsonObject
                    {
                        ["start"] = UserRenderer.Time(at < from ? from : at),
                        ["end"] = UserRenderer.Time(at + granularity > end ? end : at + granularity),
                        ["tweet_count"] = counts.GetValueOrDefault(at),
                    }
            );
        }
        return buckets;
    }

    private static DateTimeOffset Floor(DateTimeOffset time, TimeSpan granularity) =>
        new(time.UtcTicks - (time.UtcTicks % granularity.Ticks), TimeSpan.Zero);
}
