using System.Text;
using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>X's error bodies.</summary>
internal static class ApiErrors
{
    private const string Problems = "https://api.twitter.com/2/problems/";
    private const string NoType = "about:blank";

    public static ApiReply Unauthorized { get; } = Problem(401, "Unauthorized", "Unauthorized", NoType);
    public static ApiReply Forbidden { get; } = Problem(403, "Forbidden", "Forbidden", NoType);
    public static ApiReply MethodNotAllowed { get; } = Problem(405, "Method Not Allowed", "Method Not Allowed", NoType);
    public static ApiReply ServerError { get; } = Problem(500, "Internal Server Error", "Something is broken", NoType);
    public static ApiReply Unavailable { get; } = Problem(503, "Service Unavailable", "Service Unavailable", NoType);
    public static ApiReply EdgeEmpty { get; } = new() { Status = 503, FromEdge = true };

    public static ApiReply NotJson { get; } = BadRequest("Request body must be a JSON object.");

    public static ApiReply Duplicate { get; } =
        Problem(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content.", NoType);

    public static ApiReply PaymentRequired { get; } = Problem(402, "Payment Required", "credits depleted", Problems + "credits-depleted");

    public static ApiReply NoRules { get; } =
        Problem(409, "ConnectionException", "You must define rules before connecting to the stream.", Problems + "streaming-connection");

    public static ApiReply EdgeHtml { get; } = EdgePage(502, "502 Bad Gateway");

    public static ApiReply EdgeTimeout { get; } = EdgePage(524, "api.x.com | 524: A timeout occurred");

    public static ApiReply EdgeForbidden { get; } = EdgePage(403, "Attention Required! | Cloudflare");

    public static ApiReply EdgeRequestTimeout { get; } = new() { Status = 408, FromEdge = true };

    public static ApiReply Redirected { get; } =
        new()
        {
            Status = 308,
            FromEdge = true,
            Location = "https://api.x.com/2/",
        };

    private static ApiReply EdgePage(int status, string title) =>
        new()
        {
            Status = status,
            FromEdge = true,
            ContentType = "text/html; charset=UTF-8",
            Body = Encoding.UTF8.GetBytes($"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"),
        };

    public static ApiReply RateLimited { get; } =
        new()
        {
            Status = 429,
            ShowsExhausted = true,
            ContentType = ApiReply.ProblemJson,
            Body = """{"title":"Too Many Requests","detail":"Too Many Requests","type":"about:blank","status":429}"""u8.ToArray(),
        };

    public static ApiReply RateLimitedLegacy { get; } =
        new()
        {
            Status = 429,
            ShowsExhausted = true,
            ContentType = ApiReply.Json,
            Body = """{"errors":[{"code":88,"message":"Rate limit exceeded"}]}"""u8.ToArray(),
        };

    public static ApiReply TooManyConnections { get; } =
        ApiReply.Of(
            429,
            new JsonObject
            {
                ["title"] = "ConnectionException",
                ["detail"] = "This stream is currently at the maximum allowed connection limit.",
                ["connection_issue"] = "TooManyConnections",
                ["type"] = Problems + "streaming-connection",
            },
            ApiReply.ProblemJson
        );

    public static ApiReply UsageCapped { get; } =
        ApiReply.Of(
            429,
            new JsonObject
            {
                ["title"] = "UsageCapExceeded",
                ["detail"] = "Usage cap exceeded: Monthly product cap",
                ["period"] = "Monthly",
                ["scope"] = "Product",
                ["product_name"] = "pay-per-use",
                ["type"] = Problems + "usage-capped",
            },
            ApiReply.ProblemJson
        );

    public static ApiReply CreditsDepleted(string accountId) =>
        ApiReply.Of(
            402,
            new JsonObject
            {
                ["account_id"] = accountId,
                ["title"] = "CreditsDepleted",
                ["detail"] = $"Your enrolled account [{accountId}] does not have any credits to fulfill this request.",
                ["type"] = Problems + "credits",
            },
            ApiReply.ProblemJson
        );

    /// <summary>X's policy of 2026 for self-serve apps. X's own wording is known only for replies.</summary>
    public static ApiReply Policy(string action) =>
        Problem(
            403,
            "Forbidden",
            $"{action} is not allowed because you have not been mentioned or otherwise engaged by the author.",
            NoType
        );

    public static ApiReply MissingScope(IEnumerable<string> scopes) =>
        Problem(403, "Forbidden", $"Your token lacks a required scope. Required: [{string.Join(", ", scopes)}]", NoType);

    public static ApiReply ClientForbidden(string clientId) =>
        ApiReply.Of(
            403,
            new JsonObject
            {
                ["client_id"] = clientId,
                ["detail"] =
                    "When authenticating requests to the Twitter API v2 endpoints, you must use keys and tokens from a Twitter developer "
                    + "App that is attached to a Project. You can create a project via the developer portal.",
                ["registration_url"] = "https://developer.twitter.com/en/docs/projects/overview",
                ["title"] = "Client Forbidden",
                ["required_enrollment"] = "Appropriate Level of API Access",
                ["reason"] = "client-not-enrolled",
                ["type"] = Problems + "client-forbidden",
            },
            ApiReply.ProblemJson
        );

    public static ApiReply UnsupportedAuthentication(string used, string supported) =>
        Problem(
            403,
            "Unsupported Authentication",
            $"Authenticating with {used} is forbidden for this endpoint.  Supported authentication types are [{supported}].",
            Problems + "unsupported-authentication"
        );

    public static ApiReply NotAuthorizedForResource(string detail) =>
        Problem(403, "Authorization Error", detail, Problems + "not-authorized-for-resource");

    public static ApiReply InvalidRequest(JsonArray errors) =>
        ApiReply.Of(
            400,
            new JsonObject
            {
                ["errors"] = errors,
                ["title"] = "Invalid Request",
                ["detail"] = "One or more parameters to your request was invalid.",
                ["type"] = Problems + "invalid-request",
            },
            ApiReply.ProblemJson
        );

    public static ApiReply BadRequest(string detail) => Problem(400, "Bad Request", detail, NoType);

    public static JsonObject NotFound(string resourceType, string parameter, string value) =>
        new()
        {
            ["value"] = value,
            ["detail"] = $"Could not find {resourceType} with {parameter}: [{value}].",
            ["title"] = "Not Found Error",
            ["resource_type"] = resourceType,
            ["parameter"] = parameter,
            ["resource_id"] = value,
            ["type"] = Problems + "resource-not-found",
        };

    /// <summary>The last line of a stream that X disconnects.</summary>
    public static JsonObject OperationalDisconnect(string disconnectType) =>
        new()
        {
            ["title"] = "operational-disconnect",
            ["disconnect_type"] = disconnectType,
            ["detail"] = "This stream has been disconnected for operational reasons.",
            ["type"] = Problems + "operational-disconnect",
        };

    /// <summary>The OAuth endpoints' errors, RFC 6749 section 5.2.</summary>
    public static ApiReply OAuth(int status, string error, string description) =>
        ApiReply.Of(status, new JsonObject { ["error"] = error, ["error_description"] = description });

    private static ApiReply Problem(int status, string title, string detail, string type) =>
        ApiReply.Of(
            status,
            new JsonObject
            {
                ["title"] = title,
                ["detail"] = detail,
                ["type"] = type,
                ["status"] = status,
            },
            ApiReply.ProblemJson
        );
}
