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
        var authorization = Request.Headers.Authorization.ToString();
        if (!authorization.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase))
        {
            return new Rejection(
                RejectionReason.SessionMissing,
                "Send the session token as 'Authorization: Bearer TOKEN'. POST /v1/auth/authorize begins a sign-in."
            );
        }

        var value = authorization[BearerPrefix.Length..].Trim();
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
}
