using OrleansTwitterProxy.Core.Sessions;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>The result of a token request: a grant or a refusal.</summary>
public abstract record TokenResult
{
    private TokenResult() { }

    /// <summary>A new pair. The refresh token that was used for it is no longer valid.</summary>
    public sealed record Granted(TokenGrant Grant) : TokenResult;

    /// <summary>A refusal.</summary>
    /// <param name="Refusal">What it means for the grant.</param>
    /// <param name="Description">What X said, as a sentence, without secrets.</param>
    /// <param name="RetryAfter">When to try again, if X said so.</param>
    public sealed record Refused(TokenRefusal Refusal, string Description, TimeSpan? RetryAfter = null) : TokenResult;
}

/// <summary>A token pair from the token endpoint (RFC 6749 section 5.1).</summary>
/// <param name="AccessToken">For the Authorization header.</param>
/// <param name="RefreshToken">Single use; null when offline.access was not granted.</param>
/// <param name="ExpiresIn">Lifetime of the access token; two hours at X.</param>
/// <param name="Scopes">The scopes granted by the user.</param>
public sealed record TokenGrant(AccessToken AccessToken, RefreshToken? RefreshToken, TimeSpan ExpiresIn, string[] Scopes);

/// <summary>Refusals by the action that they require; see <see cref="TokenEndpoint.Classify"/>.</summary>
public enum TokenRefusal
{
    /// <summary>
    /// The code or refresh token is used, revoked or expired. For a refresh token: read the store again first, because another activation
    /// may have refreshed it.
    /// </summary>
    GrantRejected,

    /// <summary>X does not accept the proxy's client id, secret or request. The grant is still valid.</summary>
    Misconfigured,

    /// <summary>X did not process the request: no connection, 429, or a refusal of X's edge. No token was spent.</summary>
    NotProcessed,

    /// <summary>X may or may not have spent the token: 5xx, a timeout, a broken or unreadable response.</summary>
    OutcomeUnknown,
}
