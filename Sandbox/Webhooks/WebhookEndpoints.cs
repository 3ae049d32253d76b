using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Webhooks, and which streams they are linked to. The sandbox never calls them.</summary>
internal sealed class WebhookEndpoints
{
    public static readonly DocumentKind Webhook = new("webhook", """{"valid":true}""") { Required = ["url"] };
    private static readonly DocumentKind ReplayJob = new("replay_job")
    {
        Required = ["webhook_id", "from_date", "to_date"],
        IdProperty = "job_id",
    };
    private static readonly DocumentKind Link = new("webhook_link") { Parent = "webhook_id" };

    private readonly DocumentStore _documents;
    private readonly List<ApiEndpoint> _all;

    public WebhookEndpoints(DocumentStore documents)
    {
        _documents = documents;
        var of = new DocumentOperations(documents);
        _all =
        [
            new("GET", "/2/webhooks", of.List(Webhook)),
            new("POST", "/2/webhooks", CreateAsync),
            new("POST", "/2/webhooks/replay", of.Create(ReplayJob)),
            new("PUT", "/2/webhooks/{webhook_id}", of.About(Webhook, DocumentOperations.Answer("""{"valid":true}"""), "webhook_id")),
            new("DELETE", "/2/webhooks/{webhook_id}", of.Delete(Webhook, "webhook_id")),
            new("GET", "/2/tweets/search/webhooks", Links),
            new("POST", "/2/tweets/search/webhooks/{webhook_id}", of.About(Webhook, AddLink, "webhook_id")),
            new("DELETE", "/2/tweets/search/webhooks/{webhook_id}", of.About(Webhook, RemoveLink, "webhook_id")),
        ];
    }

    public IEnumerable<ApiEndpoint> All => _all;

    private async ValueTask<ApiReply> CreateAsync(ApiCall call)
    {
        if (await JsonBody.ReadAsync(call) is not { } body)
            return ApiErrors.NotJson;
        body.Allow("url");
        var text = body.RequiredText("url");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttps || !url.IsDefaultPort)
            body.Fail("url", text, "must be an https URL without a port");
        return body.Refusal ?? ApiReply.Data(_documents.Add(Webhook, null, null, body.ToJson()).Json.DeepClone());
    }

    private ValueTask<ApiReply> Links(ApiCall call)
    {
        var links = _documents
            .All(Webhook, null, null)
            .SelectMany(webhook => _documents.All(Link, webhook.Id, null), (webhook, link) => (webhook, link))
            .Select(pair => new JsonObject
            {
                ["webhook_id"] = pair.webhook.Id,
                ["instance_id"] = pair.link.Id,
                ["business_user_id"] = "0",
                ["created_at"] = pair.link.Json["created_at"]!.DeepClone(),
            })
            .ToArray<JsonNode>();
        return new(
            ApiReply.Ok(
                new JsonObject
                {
                    ["data"] = new JsonObject { ["links"] = new JsonArray(links) },
                    ["meta"] = new JsonObject { ["result_count"] = links.Length },
                }
            )
        );
    }

    private ValueTask<ApiReply> AddLink(ApiCall call)
    {
        var id = call.Route("webhook_id");
        if (_documents.All(Link, id, null).Count == 0)
            _documents.Add(Link, null, id, []);
        return new(ApiReply.Flag("provisioned", true));
    }

    private ValueTask<ApiReply> RemoveLink(ApiCall call)
    {
        foreach (var link in _documents.All(Link, call.Route("webhook_id"), null))
            _documents.Remove(link);
        return new(ApiReply.Flag("deleted", true));
    }
}
