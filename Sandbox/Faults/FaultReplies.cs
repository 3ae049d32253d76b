using System.Text;
using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>From a scripted fault to the response it names.</summary>
internal static class FaultReplies
{
    /// <summary>The response a fault names, or null when it leaves X's own.</summary>
    public static XReply? Of(Fault fault, XCall call, string clientId)
    {
        if (!fault.NamesReply)
            return null;
        var variant = fault.Variant is { } named ? Of(named, call, clientId) : XErrors.ServerError;
        return new XReply
        {
            Status = fault.Status ?? variant.Status,
            ContentType = fault.Body is null ? variant.ContentType : XReply.Json,
            Body = fault.Body is null ? variant.Body : Encoding.UTF8.GetBytes(fault.Body),
            FromEdge = variant.FromEdge,
            ShowsExhausted = variant.ShowsExhausted,
        };
    }

    private static XReply Of(FaultVariant variant, XCall call, string clientId) =>
        variant switch
        {
            FaultVariant.Unauthorized => XErrors.Unauthorized,
            FaultVariant.CreditsDepleted => XErrors.CreditsDepleted(call.Token?.Grant.User.Id ?? clientId),
            FaultVariant.PaymentRequired => XErrors.PaymentRequired,
            FaultVariant.Forbidden => XErrors.Forbidden,
            FaultVariant.Policy => XErrors.Policy("Reply to this conversation"),
            FaultVariant.Duplicate => XErrors.Duplicate,
            FaultVariant.MissingScope => XErrors.MissingScope(call.Endpoint.Scopes),
            FaultVariant.ClientForbidden => XErrors.ClientForbidden(clientId),
            FaultVariant.UnsupportedAuthentication => BearerAuthentication.Unsupported(call.Endpoint.Authentication),
            FaultVariant.NotAuthorizedForResource => XErrors.NotAuthorizedForResource(
                "Sorry, you are not authorized to see this resource."
            ),
            FaultVariant.InvalidRequest => XErrors.InvalidRequest([]),
            FaultVariant.NotFoundPartial => XReply.Ok(new JsonObject { ["errors"] = new JsonArray(XErrors.NotFound("tweet", "id", "1")) }),
            FaultVariant.NotFound => XReply.Empty(404),
            FaultVariant.RateLimited => XErrors.RateLimited,
            FaultVariant.RateLimitedLegacy => XErrors.RateLimitedLegacy,
            FaultVariant.UsageCapped => XErrors.UsageCapped,
            FaultVariant.TooManyConnections => XErrors.TooManyConnections,
            FaultVariant.ServerErrorJson => XErrors.ServerError,
            FaultVariant.UnavailableJson => XErrors.Unavailable,
            FaultVariant.Html => XErrors.EdgeHtml,
            FaultVariant.Empty => XErrors.EdgeEmpty,
            FaultVariant.TokenInvalid => OAuthErrors.TokenInvalid,
            FaultVariant.CodeInvalid => OAuthErrors.CodeInvalid,
            FaultVariant.MissingClientId => OAuthErrors.Missing("client_id"),
            FaultVariant.UnauthorizedClient => OAuthErrors.UnauthorizedClient,
            FaultVariant.InvalidClient => OAuthErrors.InvalidClient,
            FaultVariant.InvalidGrant => OAuthErrors.InvalidGrant,
            _ => throw new ArgumentOutOfRangeException(nameof(variant), variant, null),
        };
}
