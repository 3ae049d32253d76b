using System.Text.Json.Serialization;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.SignIn;

namespace OrleansTwitterProxy.Api.SignIn;

/// <summary>Body of POST /v1/auth/authorize; may be left out.</summary>
/// <param name="ReturnUrl">Where the browser goes afterwards, with <c>?handoff=</c> or <c>?error=</c>. Without it the callback responds
/// with the session token.</param>
/// <param name="Scopes">The scopes to request. Default: those of the proxy's set that the client may request.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record AuthorizeRequest(string? ReturnUrl, IReadOnlyList<string>? Scopes);

/// <summary>A sign-in that waits for the user.</summary>
/// <param name="AuthorizationUrl">The URL to open in the user's browser.</param>
/// <param name="State">The id of the sign-in.</param>
/// <param name="ExpiresAt">When the sign-in expires.</param>
public sealed record AuthorizeResponse(string AuthorizationUrl, string State, DateTimeOffset ExpiresAt);

/// <summary>Body of POST /v1/auth/exchange.</summary>
/// <param name="Handoff">The value of <c>?handoff=</c>.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ExchangeRequest(string? Handoff)
{
    public override string ToString() => "[exchange]";
}

/// <summary>A session has been opened.</summary>
/// <param name="SessionToken">For <c>Authorization: Bearer</c>. A secret.</param>
/// <param name="Account">The account that signed in.</param>
/// <param name="Scopes">The scopes granted by the user.</param>
/// <param name="MissingScopes">Requested scopes that were not granted.</param>
/// <param name="ExpiresAt">When the session ends, however much it is used.</param>
/// <param name="IdleExpiresAt">When the session ends if it is not used before.</param>
public sealed record SessionOpened(
    string SessionToken,
    AccountName Account,
    IReadOnlyList<string> Scopes,
    IReadOnlyList<string> MissingScopes,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? IdleExpiresAt
)
{
    public static SessionOpened Of(OpenedSession session, SessionTokens tokens) =>
        new(
            tokens.Mint(new(session.Account.Id, session.SessionId, session.ClientId)),
            session.Account,
            session.Scopes,
            session.MissingScopes,
            session.ExpiresAt,
            session.IdleExpiresAt
        );

    public override string ToString() => $"[session of account {Account.Id}]";
}
