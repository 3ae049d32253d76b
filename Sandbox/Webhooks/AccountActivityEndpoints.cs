using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Subscriptions of the Account Activity API: which users' events a webhook would receive.</summary>
internal sealed class AccountActivityEndpoints(SandboxOptions options, DocumentStore documents)
{
    private const string Path = "/2/account_activity/webhooks/{webhook_id}/subscriptions";
    private static readonly DocumentKind Subscription = new("subscription") { Parent = "webhook_id" };

    private readonly DocumentOperations _of = new(documents);

    public IEnumerable<ApiEndpoint> All =>
        [
            new("GET", "/2/account_activity/subscriptions/count", Count),
            new("GET", Path + "/all", OfWebhook(call => new(ApiReply.Flag("subscribed", Find(call, call.User.Id) is not null)))),
            new("POST", Path + "/all", OfWebhook(Subscribe)),
            new("GET", Path + "/all/list", OfWebhook(List)),
            new("DELETE", Path + "/{user_id}/all", OfWebhook(Unsubscribe)),
        ];

    private ApiHandler OfWebhook(ApiHandler handler) => _of.About(WebhookEndpoints.Webhook, handler, "webhook_id");

    private ValueTask<ApiReply> Subscribe(ApiCall call)
    {
        if (Find(call, call.User.Id) is null)
            documents.Add(Subscription, call.User, call.Route("webhook_id"), []);
        return new(ApiReply.Flag("subscribed", true));
    }

    private ValueTask<ApiReply> Unsubscribe(ApiCall call)
    {
        if (Find(call, call.Route("user_id")) is { } found)
            documents.Remove(found);
        return new(ApiReply.Flag("subscribed", false));
    }

    private ValueTask<ApiReply> List(ApiCall call)
    {
        var webhook = documents.Find(WebhookEndpoints.Webhook, call.Route("webhook_id"), null, null)!;
        return new(
            ApiReply.Data(
                new JsonObject
                {
                    ["application_id"] = options.ClientId,
                    ["webhook_id"] = webhook.Id,
                    ["webhook_url"] = webhook.Json["url"]!.DeepClone(),
                    ["subscriptions"] = new JsonArray([
                        .. Of(webhook.Id).Select(subscription => new JsonObject { ["user_id"] = subscription.Owner!.Id }),
                    ]),
                }
            )
        );
    }

    private ValueTask<ApiReply> Count(ApiCall call) =>
        new(
            ApiReply.Data(
                new JsonObject
                {
                    ["account_name"] = "sandbox",
                    ["provisioned_count"] = "15",
                    ["subscriptions_count_all"] =
                        $"{documents.All(WebhookEndpoints.Webhook, null, null).Sum(webhook => Of(webhook.Id).Count)}",
                    ["subscriptions_count_direct_messages"] = "0",
                }
            )
        );

    private IReadOnlyList<Document> Of(string webhookId) => documents.All(Subscription, webhookId, null);

    private Document? Find(ApiCall call, string userId) =>
        Of(call.Route("webhook_id")).FirstOrDefault(subscription => subscription.Owner!.Id == userId);
}
