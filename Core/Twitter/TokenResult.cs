using OrleansTwitterProxy.Core.Sessions;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>What the token endpoint answered: a grant, or why not.</summary>
public abstract record TokenResult
{
    private TokenResult() { }

    /// <summary>A new pair. The refresh token that was spent for it is dead.</summary>
    public sealed record Granted(TokenGrant Grant) : TokenResult;

    /// <summary>No pair.</summary>
    /// <param name="Refusal">What that means for the grant.</param>
    /// <param name="Description">X's own error and description; X puts no secrets there.</param>
    public sealed record Refused(TokenRefusal Refusal, string Description) : TokenResult;
}

/// <summary>A pair as the token endpoint gives it out (RFC 6749 section 5.1).</summary>
/// <param name="AccessToken">For the Authorization header.</param>
/// <param name="RefreshToken">Single use; null when offline.access was not granted.</param>
/// <param name="ExpiresIn">Lifetime of the access token; X gives two hours.</param>
/// <param name="Scopes">What the user consented to.</param>
public sealed record TokenGrant(AccessToken AccessToken, RefreshToken? RefreshToken, TimeSpan ExpiresIn, string[] Scopes);

/// <summary>The kinds of refusal that call for different action; <see cref="TokenEndpoint.Classify"/> tells them apart.</summary>
public enum TokenRefusal
{
    /// <summary>
    /// The code or refresh token is spent, revoked or expired. For a refresh token: re-read the store before believing it.
    /// </summary>
    GrantRejected,

    /// <summary>X does not accept our client id, secret or request. The grant is untouched.</summary>
    Misconfigured,

    /// <summary>X did not take the request up: no connection, or 429. Nothing was spent.</summary>
    NotProcessed,

    /// <summary>X may or may not have spent the token: 5xx, a timeout, a broken or unreadable answer.</summary>
    OutcomeUnknown,
}
