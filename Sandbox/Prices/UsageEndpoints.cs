using System.Globalization;
using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>The posts that the app has read, by day, against X's monthly cap.</summary>
internal sealed class UsageEndpoints(SandboxOptions options, SandboxCosts costs, TimeProvider clock)
{
    private const long MonthlyCap = 3_000_000;
    private const string ProjectId = "1";

    public IEnumerable<ApiEndpoint> All => [new("GET", "/2/usage/tweets", Usage)];

    private ValueTask<ApiReply> Usage(ApiCall call)
    {
        var days = call.Query.Int("days", 1, 90, 7);
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        var first = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime).AddDays(1 - days);
        var read = costs.PostsRead.Where(entry => entry.Day >= first).ToList();
        return new(
            ApiReply.Data(
                new JsonObject
                {
                    ["project_id"] = ProjectId,
                    ["project_cap"] = Text(MonthlyCap),
                    ["project_usage"] = Text(read.Sum(entry => entry.Posts)),
                    ["cap_reset_day"] = 1,
                    ["daily_project_usage"] = new JsonObject { ["project_id"] = ProjectId, ["usage"] = ByDay(read) },
                    ["daily_client_app_usage"] = new JsonArray(
                        new JsonObject
                        {
                            ["client_app_id"] = options.ClientId,
                            ["usage"] = ByDay(read),
                            ["usage_result_count"] = read.Count,
                        }
                    ),
                }
            )
        );
    }

    private static JsonArray ByDay(IEnumerable<(DateOnly Day, long Posts)> read) =>
        new([
            .. read.Select(entry => new JsonObject
            {
                ["date"] = UserRenderer.Time(new DateTimeOffset(entry.Day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero)),
                ["usage"] = Text(entry.Posts),
            }),
        ]);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
