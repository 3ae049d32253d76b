using Orleans;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;

namespace OrleansTwitterProxy.Core.SignIn;

/// <summary>
/// One pending authorization, named by its OAuth <c>state</c>: single use, ten minutes. Any method may answer
/// <see cref="RejectionReason.StorageUnavailable"/>.
/// </summary>
[Alias("otp.ISignIn")]
public interface ISignIn
{
    /// <summary>Makes the code verifier and remembers the request. Durable on return. To be called once per state.</summary>
    /// <returns>Where to send the user.</returns>
    [Alias("Begin")]
    Task<Result<SignInStarted>> BeginAsync(SignInRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// X has sent the user back: trades the code for tokens at once (X's codes live 30 s), learns whose they are and opens the session.
    /// The state is spent before X is asked; the session is durable on return. Goes on when the browser hangs up.
    /// </summary>
    /// <returns>The opened session; or SignInUnknown, SignInUsed, SignInInterrupted, SignInDenied, AuthorizationCodeRejected,
    /// TokenEndpointUnavailable, ProxyMisconfigured or one of the Upstream reasons; always with the return URL where there is
    /// one.</returns>
    [Alias("Complete")]
    Task<SignInOutcome> CompleteAsync(SignInCallback callback, CancellationToken cancellationToken);

    /// <summary>Trades the hand-over code for the session. Single use, 60 s, for the client that began the sign-in only.</summary>
    /// <returns>The session, or HandoffInvalid.</returns>
    [Alias("Exchange")]
    Task<Result<OpenedSession>> ExchangeAsync(string handoffSecret, string clientId, CancellationToken cancellationToken);
}

/// <summary>What a client asks for.</summary>
/// <param name="ClientId">The client; only it may exchange the hand-over code.</param>
/// <param name="ReturnUrl">Where the browser goes afterwards; null to answer the callback itself.</param>
/// <param name="Scopes">What to ask the user for.</param>
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
    public override string ToString() => $"[callback, error: {Error ?? "none"}]";
}

/// <summary>How the callback ended.</summary>
/// <param name="Rejection">Why no session was opened.</param>
/// <param name="ReturnUrl">Where the browser is to go, if the client named a place.</param>
/// <param name="Handoff">The single-use code for the return URL; set with it.</param>
/// <param name="Session">The opened session, when there is no return URL to hand it over through.</param>
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

/// <summary>A session that was just opened.</summary>
/// <param name="ClientId">The client that holds it.</param>
/// <param name="SessionId">For the session token.</param>
/// <param name="Account">Who signed in.</param>
/// <param name="Scopes">What the user granted.</param>
/// <param name="MissingScopes">What was asked for and not granted.</param>
[GenerateSerializer, Immutable, Alias("otp.OpenedSession")]
public sealed record OpenedSession(
    [property: Id(0)] string ClientId,
    [property: Id(1)] string SessionId,
    [property: Id(2)] AccountName Account,
    [property: Id(3)] string[] Scopes,
    [property: Id(4)] string[] MissingScopes
);
