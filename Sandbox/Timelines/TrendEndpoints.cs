using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Trends of every place: the hashtags of the sandbox's posts, most used first, then a few standing ones.</summary>
internal sealed partial class TrendEndpoints(PostStore posts, TimeProvider clock)
{
    private static readonly string[] Standing = ["#sandbox", "#orleans", "#dotnet"];

    public IEnumerable<ApiEndpoint> All =>
        [new("GET", "/2/trends/by/woeid/{woeid}", ByPlace), new("GET", "/2/users/personalized_trends", Personalized)];

    private ValueTask<ApiReply> ByPlace(ApiCall call)
    {
        call.Query.Id("woeid", call.Route("woeid"));
        var max = call.Query.Int("max_trends", 1, 50, 20);
        return new(call.Query.Refusal ?? Data(max, trend => new JsonObject { ["trend_name"] = trend.Name, ["tweet_count"] = trend.Count }));
    }

    private ValueTask<ApiReply> Personalized(ApiCall call) => new(Data(10, trend => new JsonObject
            {
                ["category"] = "Technology",
                ["post_count"] = $"{trend.Count} posts",
                ["trend_name"] = trend.Name,
                ["trending_since"] = UserRenderer.Time(clock.GetUtcNow().AddHours(-1)),
            }));

    private ApiReply Data(int max, Func<(string Name, int Count), JsonNode> render)
    {
        var used = posts
            .All(post => post.RepostOf is null)
            .SelectMany(post => Hashtag().Matches(post.Text).Select(match => match.Value).Distinct())
            .CountBy(tag => tag, StringComparer.OrdinalIgnoreCase)
            .OrderByDescending(tag => tag.Value)
            .Select(tag => (Name: tag.Key, Count: tag.Value))
            .ToList();
        var standing = Standing.Where(name => used.TrueForAll(tag => !tag.Name.Equals(name, StringComparison.OrdinalIgnoreCase)));
        return ApiReply.Data(new JsonArray([.. used.Concat(standing.Select(name => (name, 0))).Take(max).Select(render)]));
    }

    [GeneratedRegex(@"#[A-Za-z0-9_]+")]
    private static partial Regex Hashtag();
}
