using System.Text;
using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Creates the response that a scripted fault names.</summary>
internal static class FaultReplies
{
    /// <summary>The response that a fault names; null when X handles the request normally.</summary>
    public static ApiReply? Of(Fault fault, ApiCall call, string clientId)
    {
        if (!fault.NamesReply)
            return null;
        var variant = fault.Variant is { } named ? Of(named, call, clientId) : ApiErrors.ServerError;
        return new ApiReply
        {
            Status = fault.Status ?? variant.Status,
            ContentType = fault.Body is null ? variant.ContentType : ApiReply.Json,
            Body = fault.Body is null ? variant.Body : Encoding.UTF8.GetBytes(fault.Body),
            Location = variant.Location,
            FromEdge = variant.FromEdge,
            ShowsExhausted = variant.ShowsExhausted,
        };
    }

    private static ApiReply Of(FaultVariant variant, ApiCall call, string clientId) =>
        variant switch
        {
            FaultVariant.Unauthorized => ApiErrors.Unauthorized,
            FaultVariant.CreditsDepleted => ApiErrors.CreditsDepleted(call.Token?.Grant.User.Id ?? clientId),
            FaultVariant.PaymentRequired => ApiErrors.PaymentRequired,
            FaultVariant.Forbidden => ApiErrors.Forbidden,
            FaultVariant.Policy => ApiErrors.Policy("Reply to this conversation"),
            FaultVariant.Duplicate => ApiErrors.Duplicate,
            FaultVariant.MissingScope => ApiErrors.MissingScope(call.Endpoint.Scopes),
            FaultVariant.ClientForbidden => ApiErrors.ClientForbidden(clientId),
            FaultVariant.UnsupportedAuthentication => BearerAuthentication.Unsupported(call.Endpoint.Authentication),
            FaultVariant.NotAuthorizedForResource => ApiErrors.NotAuthorizedForResource(
                "Sorry, you are not authorized to see this resource."
            ),
            FaultVariant.InvalidRequest => ApiErrors.InvalidRequest([]),
            FaultVariant.NotFoundPartial => ApiReply.Ok(
                new JsonObject { ["errors"] = new JsonArray(ApiErrors.NotFound("tweet", "id", "1")) }
            ),
            FaultVariant.NotFound => ApiReply.Empty(404),
            FaultVariant.RateLimited => ApiErrors.RateLimited,
            FaultVariant.RateLimitedLegacy => ApiErrors.RateLimitedLegacy,
            FaultVariant.UsageCapped => ApiErrors.UsageCapped,
            FaultVariant.TooManyConnections => ApiErrors.TooManyConnections,
            FaultVariant.ServerErrorJson => ApiErrors.ServerError,
            FaultVariant.UnavailableJson => ApiErrors.Unavailable,
            FaultVariant.Html => ApiErrors.EdgeHtml,
            FaultVariant.Empty => ApiErrors.EdgeEmpty,
            FaultVariant.EdgeTimeout => ApiErrors.EdgeTimeout,
            FaultVariant.EdgeForbidden => ApiErrors.EdgeForbidden,
            FaultVariant.Redirect => ApiErrors.Redirected,
            FaultVariant.RequestTimeout => ApiErrors.EdgeRequestTimeout,
            FaultVariant.TokenInvalid => OAuthErrors.TokenInvalid,
            FaultVariant.CodeInvalid => OAuthErrors.CodeInvalid,
            FaultVariant.MissingClientId => OAuthErrors.Missing("client_id"),
            FaultVariant.UnauthorizedClient => OAuthErrors.UnauthorizedClient,
            FaultVariant.InvalidClient => OAuthErrors.InvalidClient,
            FaultVariant.InvalidGrant => OAuthErrors.InvalidGrant,
            _ => throw new ArgumentOutOfRangeException(nameof(variant), variant, null),
        };
}
