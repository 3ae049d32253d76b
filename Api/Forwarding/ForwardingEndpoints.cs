using System.Text.Json;
using OrleansTwitterProxy.Api.Authentication;

namespace OrleansTwitterProxy.Api.Forwarding;

public static class ForwardingEndpoints
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

    /// <summary>Any path of X's API v2, unchanged; the session token, or the client's API key, takes the place of X's token.</summary>
    public static void MapForwarding(this WebApplication app)
    {
        var forwarder = app.Services.GetRequiredService<Forwarder>();
        // A bare delegate: the hot path binds no parameters.
        app.MapMethods("/2/{**path}", Methods, (RequestDelegate)forwarder.ForwardAsync)
            .WithMetadata(((RequestDelegate)forwarder.ForwardAsync).Method) // without it the API description omits the route
            .RequireAuthorization(ProxyPolicies.Call)
            .WithTags("Forwarding")
            .WithSummary("Any X API v2 call, transparently");
    }

    /// <summary>Whether calls of the method are forwarded; case does not matter.</summary>
    public static bool Forwards(string method) => Methods.Contains(method, StringComparer.OrdinalIgnoreCase);

    /// <summary>Declares in the API description that the response has X's own body.</summary>
    public static RouteHandlerBuilder AnswersAsX(this RouteHandlerBuilder route, int status = StatusCodes.Status200OK) =>
        route.Produces<JsonElement>(status);
}
