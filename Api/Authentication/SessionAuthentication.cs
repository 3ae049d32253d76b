using System.Security.Claims;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;

namespace OrleansTwitterProxy.Api.Authentication;

/// <summary>
/// Scheme <see cref="ProxySchemes.Session"/>: checks the session token as a bearer token (RFC 6750), its client, and the origin of the
/// call.
/// </summary>
public sealed class SessionAuthentication(SessionTokens tokens, ClientDirectory clients, OriginCheck origins, FailedCredentials failures)
    : ProxyAuthenticationHandler(failures)
{
    private const string BearerPrefix = "Bearer ";

    protected override bool IsPresented => true; // without a token the reason is another

    protected override Result<ClaimsPrincipal> Authenticate()
    {
        // 1. The session token: decrypted locally, without a grain call.
        if (BearerIn(Request) is not { } value)
        {
            return new Rejection(
                RejectionReason.SessionMissing,
                "Send the session token as 'Authorization: Bearer TOKEN'. POST /v1/auth/authorize begins a sign-in."
            );
        }

        if (tokens.Open(value) is not { } token)
            return new Rejection(RejectionReason.SessionInvalid, "This is not a session token of this proxy. Sign in again.");
        // 2. Its client.
        if (clients.Find(token.ClientId) is not { } client)
            return new Rejection(RejectionReason.SessionInvalid, "The client of this session is no longer configured.");
        if (Request.Headers.TryGetValue(ApiKeyAuthentication.Header, out var apiKey) && clients.FindByApiKey(apiKey.ToString()) != client)
        {
            return new Rejection(
                RejectionReason.ApiKeyInvalid,
                "The API key does not belong to the session's client. Omit it, or send the right one."
            );
        }

        if (origins.IsDevelopmentClientElsewhere(Context, client))
            return new Rejection(RejectionReason.SessionInvalid, OriginCheck.DevelopmentClientElsewhere);
        return origins.Refuse(Request, client) is { } refusal ? refusal : new SessionPrincipal(new(client, token, value));
    }

    /// <summary>The bearer token of a request (RFC 6750 section 2.1); null when it has none.</summary>
    internal static string? BearerIn(HttpRequest request)
    {
        var authorization = request.Headers.Authorization.ToString();
        return authorization.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase)
            ? authorization[BearerPrefix.Length..].Trim()
            : null;
    }
}
