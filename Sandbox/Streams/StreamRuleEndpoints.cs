using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>The rules of the filtered stream; app-only.</summary>
internal sealed class StreamRuleEndpoints(SandboxOptions options, StreamRules rules, TimeProvider clock)
{
    private const int MaxRules = 1000;

    public IEnumerable<ApiEndpoint> All =>
        [
            new("GET", "/2/tweets/search/stream/rules", ListRules),
            new("POST", "/2/tweets/search/stream/rules", ChangeRulesAsync),
            new("GET", "/2/tweets/search/stream/rules/counts", CountRules),
        ];

    private ValueTask<ApiReply> ListRules(ApiCall call)
    {
        var wanted = call.Query.Text("ids")?.Split(',');
        return new(ApiReply.Ok(RulesBody([.. rules.All.Where(rule => wanted?.Contains(rule.Id) != false)], null)));
    }

    private ValueTask<ApiReply> CountRules(ApiCall call) =>
        new(
            ApiReply.Data(
                new JsonObject
                {
                    ["cap_per_client_app"] = MaxRules,
                    ["cap_per_project"] = MaxRules,
                    ["client_app_rules_count"] = new JsonObject { ["client_app_id"] = options.ClientId, ["rule_count"] = rules.All.Count },
                    ["project_rules_count"] = rules.All.Count,
                }
            )
        );

    private async ValueTask<ApiReply> ChangeRulesAsync(ApiCall call)
    {
        if (await JsonBody.ReadAsync(call) is not { } body)
            return ApiErrors.NotJson;
        var additions = body.Objects("add").Select(rule => (Value: rule.RequiredText("value"), Tag: rule.Text("tag"))).ToList();
        string[] deletions = body.Object("delete") is { } delete
            ? [.. delete.Texts("ids", 0, MaxRules), .. delete.Texts("values", 0, MaxRules)]
            : [];
        if (body.Refusal is { } invalid)
            return invalid;

        var deleted = rules.Delete(deletions);
        var added = additions.Select(rule => rules.Add(rule.Value, rule.Tag)).OfType<StreamRule>().ToList();
        var summary = new JsonObject
        {
            ["created"] = added.Count,
            ["not_created"] = additions.Count - added.Count,
            ["deleted"] = deleted,
        };
        return ApiReply.Of(additions.Count > 0 ? 201 : 200, RulesBody(added, summary));
    }

    private JsonObject RulesBody(List<StreamRule> listed, JsonObject? summary)
    {
        var meta = new JsonObject { ["sent"] = UserRenderer.Time(clock.GetUtcNow()), ["result_count"] = listed.Count };
        if (summary is not null)
            meta["summary"] = summary;
        var body = new JsonObject { ["meta"] = meta };
        if (listed.Count > 0)
            body["data"] = new JsonArray([.. listed.Select(rule => rule.Render())]);
        return body;
    }
}
