using System.Text.Json.Serialization;
using Orleans;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;

namespace OrleansTwitterProxy.Core.SignIn;

/// <summary>
/// One pending authorization, identified by a random id, which its OAuth <c>state</c> seals: single use, valid for ten minutes. Every
/// method may return <see cref="RejectionReason.StorageUnavailable"/>.
/// </summary>
[Alias("otp.ISignIn")]
public interface ISignIn
{
    /// <summary>Creates the code verifier and saves the request. Durable on return. To be called once per state.</summary>
    /// <returns>The authorization URL for the user.</returns>
    [Alias("Begin")]
    Task<Result<SignInStarted>> BeginAsync(SignInRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Completes the sign-in when X has sent the user back: exchanges the code for tokens (X's codes are valid for 30 s), identifies the
    /// account and opens the session. The state is marked as used before X is called; the session is durable on return. Not cancelled when
    /// the browser disconnects.
    /// </summary>
    /// <returns>The opened session, or SignInUnknown, SignInUsed, SignInInterrupted, SignInDenied, AuthorizationCodeRejected,
    /// TokenEndpointUnavailable, ProxyMisconfigured or one of the Upstream reasons; with the return URL, if there is one.</returns>
    [Alias("Complete")]
    Task<SignInOutcome> CompleteAsync(SignInCallback callback, CancellationToken cancellationToken);

    /// <summary>
    /// Exchanges the hand-over code for the session. Single use, valid for 60 s, only for the client that began the sign-in.
    /// </summary>
    /// <returns>The session, or HandoffInvalid.</returns>
    [Alias("Exchange")]
    Task<Result<OpenedSession>> ExchangeAsync(string handoffSecret, string clientId, CancellationToken cancellationToken);
}

/// <summary>A client's request for a sign-in.</summary>
/// <param name="ClientId">The client; only it may exchange the hand-over code.</param>
/// <param name="ReturnUrl">Where the browser goes afterwards; null to respond to the callback itself.</param>
/// <param name="Scopes">The scopes to request.</param>
/// <param name="RedirectUri">The callback registered at X.</param>
[GenerateSerializer, Immutable, Alias("otp.SignInRequest")]
public sealed record SignInRequest(
    [property: Id(0)] string ClientId,
    [property: Id(1)] string? ReturnUrl,
    [property: Id(2)] string[] Scopes,
    [property: Id(3)] string RedirectUri
);

/// <summary>A sign-in that waits for the user.</summary>
[GenerateSerializer, Immutable, Alias("otp.SignInStarted")]
public sealed record SignInStarted([property: Id(0)] string AuthorizationUrl, [property: Id(1)] DateTimeOffset ExpiresAt);

/// <summary>What X appended to the callback (RFC 6749 section 4.1.2): a code, or an error.</summary>
[GenerateSerializer, Immutable, Alias("otp.SignInCallback")]
public sealed record SignInCallback([property: Id(0)] string? Code, [property: Id(1)] string? Error)
{
    /// <summary>X's <c>error_description</c>.</summary>
    [Id(2)]
    public string? Description { get; init; }

    /// <summary>A hash of the visitor's address and browser: one that comes twice is told the same. Null from an older front end.</summary>
    [Id(3)]
    public string? Visitor { get; init; }

    public override string ToString() => $"[callback, error: {Error ?? "none"}]";
}

/// <summary>The result of the callback.</summary>
/// <param name="Rejection">Why no session was opened.</param>
/// <param name="ReturnUrl">Where the browser goes, if the client gave a return URL.</param>
/// <param name="Handoff">The hand-over code for the return URL; set if there is one.</param>
/// <param name="Session">The opened session; set if there is no return URL.</param>
[GenerateSerializer, Immutable, Alias("otp.SignInOutcome")]
public sealed record SignInOutcome(
    [property: Id(0)] Rejection? Rejection,
    [property: Id(1)] string? ReturnUrl,
    [property: Id(2)] string? Handoff,
    [property: Id(3)] OpenedSession? Session
)
{
    public override string ToString() => $"[sign-in outcome: {Rejection?.Reason.ToString() ?? "opened"}]";
}

/// <summary>A newly opened session.</summary>
/// <param name="ClientId">The client that holds it.</param>
/// <param name="SessionId">For the session token.</param>
/// <param name="Account">The account that signed in.</param>
/// <param name="Scopes">The scopes granted by the user.</param>
/// <param name="MissingScopes">Requested scopes that were not granted.</param>
[GenerateSerializer, Immutable, Alias("otp.OpenedSession")]
public sealed record OpenedSession(
    [property: Id(0)] string ClientId,
    [property: Id(1)] string SessionId,
    [property: Id(2)] AccountName Account,
    [property: Id(3)] string[] Scopes,
    [property: Id(4)] string[] MissingScopes
)
{
    /// <summary>When the session ends, however much it is used. Null in the sign-in's record, which outlives no session.</summary>
    [Id(5), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When the session ends if it is not used before. Null in the sign-in's record.</summary>
    [Id(6), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? IdleExpiresAt { get; init; }
}
