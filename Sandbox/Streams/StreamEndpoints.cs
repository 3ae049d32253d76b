using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>The filtered stream and its rules; app-only.</summary>
internal sealed class StreamEndpoints(
    SandboxOptions options,
    FilteredStream stream,
    StreamRules rules,
    PostReplies replies,
    TimeProvider clock,
    CancellationToken stopping
)
{
    private const int MaxRules = 1000;
    private static readonly ReadOnlyMemory<byte> LineEnd = "\r\n"u8.ToArray();

    public IEnumerable<ApiEndpoint> All =>
        [
            new("GET", "/2/tweets/search/stream", Connect)
            {
                Authentication = ApiAuthentication.App,
                Limits = new() { PerApp = 50 },
            },
            new("GET", "/2/tweets/search/stream/rules", ListRules)
            {
                Authentication = ApiAuthentication.App,
                Limits = new() { PerApp = 450 },
            },
            new("POST", "/2/tweets/search/stream/rules", ChangeRulesAsync)
            {
                Authentication = ApiAuthentication.App,
                Limits = new() { PerApp = 100 },
            },
        ];

    private ValueTask<ApiReply> Connect(ApiCall call)
    {
        var selection = FieldSelection.Read(call);
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        if (options.StreamNeedsRules && rules.All.Count == 0)
            return new(ApiErrors.NoRules);
        if (stream.Connect() is not { } connection)
            return new(ApiErrors.TooManyConnections);
        return new(
            new ApiReply
            {
                Status = 200,
                ContentType = ApiReply.Json,
                Stream = http => CopyAsync(connection, http, selection),
            }
        );
    }

    /// <summary>Writes a line for each post, and a bare line break whenever the interval passes without one.</summary>
    private async Task CopyAsync(Channel<StreamItem> connection, HttpContext http, FieldSelection selection)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        try
        {
            await http.Response.StartAsync(end.Token);
            await http.Response.Body.FlushAsync(end.Token);
            var available = connection.Reader.WaitToReadAsync(end.Token).AsTask();
            while (true)
            {
                try
                {
                    if (!await available.WaitAsync(options.StreamKeepAliveInterval, clock, end.Token))
                        return;
                }
                catch (TimeoutException)
                {
                    await WriteAsync(http, LineEnd, end.Token);
                    continue;
                }
                while (connection.Reader.TryRead(out var item))
                {
                    if (Line(item, selection) is { } line)
                        await WriteAsync(http, line, end.Token);
                }
                available = connection.Reader.WaitToReadAsync(end.Token).AsTask();
            }
        }
        finally
        {
            stream.Leave(connection);
        }
    }

    /// <summary>The line for an item; null when no rule matches it.</summary>
    private byte[]? Line(StreamItem item, FieldSelection selection)
    {
        var body = new JsonObject();
        if (item.Post is { } post)
        {
            var matching = rules.All.Where(rule => rule.Matches(post)).ToList();
            if (matching.Count == 0 && rules.All.Count > 0)
                return null;
            body["data"] = PostRenderer.Render(post, selection.Post);
            replies.With(body, [post], selection);
            body["matching_rules"] = new JsonArray([.. matching.Select(Render)]);
        }
        else
        {
            body["errors"] = new JsonArray(ApiErrors.OperationalDisconnect(item.DisconnectType!));
        }
        return [.. JsonSerializer.SerializeToUtf8Bytes(body), .. LineEnd.Span];
    }

    private ValueTask<ApiReply> ListRules(ApiCall call) => new(ApiReply.Ok(RulesBody(rules.All, null)));

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

    private JsonObject RulesBody(IReadOnlyList<StreamRule> listed, JsonObject? summary)
    {
        var meta = new JsonObject { ["sent"] = UserRenderer.Time(clock.GetUtcNow()), ["result_count"] = listed.Count };
        if (summary is not null)
            meta["summary"] = summary;
        var body = new JsonObject { ["meta"] = meta };
        if (listed.Count > 0)
            body["data"] = new JsonArray([.. listed.Select(Render)]);
        return body;
    }

    private static JsonObject Render(StreamRule rule)
    {
        var json = new JsonObject { ["id"] = rule.Id, ["value"] = rule.Value };
        if (rule.Tag is not null)
            json["tag"] = rule.Tag;
        return json;
    }

    private static async Task WriteAsync(HttpContext http, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await http.Response.Body.WriteAsync(bytes, cancellationToken);
        await http.Response.Body.FlushAsync(cancellationToken);
    }
}
