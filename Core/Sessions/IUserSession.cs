using Orleans;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>
/// One account: its tokens, the sessions that share them, its windows. Any method may answer
/// <see cref="RejectionReason.StorageUnavailable"/>; nothing is lost then and the call may be repeated.
/// </summary>
[Alias("otp.IUserSession")]
public interface IUserSession : IUploadQuota
{
    /// <summary>Sends one call to X. Nothing is durable when it returns but what X did. Not idempotent unless X's endpoint is.</summary>
    /// <returns>X's answer; or SessionEnded, ReconnectNeeded, ScopeMissing, CircuitOpen, RateLimited, ShuttingDown (it was waiting),
    /// RefreshInDoubt, one of the Upstream reasons, OutcomeUnknown (a write X may have acted on), TokenEndpointUnavailable or
    /// ProxyMisconfigured.</returns>
    [Alias("Send")]
    Task<ForwardResponse> SendAsync(ForwardRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Tells what would become of a call, were it sent now: steps 4 to 7 of it. X is not called, no permit taken, nothing changed.
    /// </summary>
    /// <returns>What is foreseen; or SessionEnded.</returns>
    [Alias("DryRun")]
    Task<Result<DryRun>> DryRunAsync(ForwardRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Adds a session with a freshly granted pair, which replaces the account's earlier one. Durable on return. Idempotent per session id.
    /// </summary>
    /// <returns>Null, or why the session was not opened.</returns>
    [Alias("Open")]
    Task<Rejection?> OpenAsync(NewSession session, CancellationToken cancellationToken);

    /// <summary>
    /// The session's client has it from now on: it no longer ends at <see cref="NewSession.HandoverBy"/>. Durable on return. Idempotent.
    /// </summary>
    /// <returns>The snapshot, or SessionEnded.</returns>
    [Alias("HandOver")]
    Task<Result<SessionSnapshot>> HandOverAsync(string sessionId, CancellationToken cancellationToken);

    /// <summary>The state of one session and its grant. A use of the session, like any call.</summary>
    /// <returns>The snapshot, or SessionEnded.</returns>
    [Alias("Get")]
    Task<Result<SessionSnapshot>> GetAsync(string sessionId, CancellationToken cancellationToken);

    /// <summary>
    /// Refreshes the access token now, joining a refresh under way; not again within <c>Sessions:MinimumRefreshInterval</c> after one. The
    /// new pair is durable on return.
    /// </summary>
    /// <returns>The snapshot; or SessionEnded, ReconnectNeeded, RefreshInDoubt, TokenEndpointUnavailable, ProxyMisconfigured.</returns>
    [Alias("Refresh")]
    Task<Result<SessionSnapshot>> RefreshAsync(string sessionId, CancellationToken cancellationToken);

    /// <summary>
    /// Ends one session, or every session that its client has on the account; with the account's last one the grant is revoked at X and
    /// forgotten. That the sessions have ended, and that the grant is to be revoked, is durable on return, whether or not X could be asked.
    /// </summary>
    /// <returns>What was done, or SessionEnded.</returns>
    [Alias("SignOut")]
    Task<Result<SignOutResult>> SignOutAsync(string sessionId, bool everySession, CancellationToken cancellationToken);

    /// <summary>Every window known for the account, the app's included. Changes nothing.</summary>
    /// <returns>The windows, or SessionEnded.</returns>
    [Alias("GetLimits")]
    Task<Result<LimitsSnapshot>> GetLimitsAsync(string sessionId, CancellationToken cancellationToken);
}

/// <summary>A session to open, with the tokens already encrypted for the account.</summary>
/// <param name="SessionId">Random, unguessable.</param>
/// <param name="ClientId">The client that signed the user in.</param>
/// <param name="Username">The account's handle at X, without the @.</param>
/// <param name="Grant">The pair; its version is set by the account.</param>
[GenerateSerializer, Immutable, Alias("otp.NewSession")]
public sealed record NewSession(
    [property: Id(0)] string SessionId,
    [property: Id(1)] string ClientId,
    [property: Id(2)] string Username,
    [property: Id(3)] GrantRecord Grant
)
{
    /// <summary>When the session ends unless <see cref="IUserSession.HandOverAsync"/> is called by then; null for no such time.</summary>
    [Id(4)]
    public DateTimeOffset? HandoverBy { get; init; }
}

/// <summary>One session for others to see; holds no token.</summary>
/// <param name="Account">Who signed in.</param>
/// <param name="Scopes">What this session may use: what it was granted and the account's newest grant still has.</param>
/// <param name="CreatedAt">When the user signed in.</param>
/// <param name="GrantState">Whether X still honours the grant, as far as is known.</param>
/// <param name="AccessTokenExpiresAt">When the access token at hand expires; it is refreshed before.</param>
/// <param name="LastRefreshedAt">When the pair at hand was obtained.</param>
/// <param name="SessionCount">Live sessions of the account.</param>
[GenerateSerializer, Immutable, Alias("otp.SessionSnapshot")]
public sealed record SessionSnapshot(
    [property: Id(0)] AccountName Account,
    [property: Id(1)] string[] Scopes,
    [property: Id(2)] DateTimeOffset CreatedAt,
    [property: Id(3)] GrantState GrantState,
    [property: Id(4)] DateTimeOffset AccessTokenExpiresAt,
    [property: Id(5)] DateTimeOffset LastRefreshedAt,
    [property: Id(6)] int SessionCount
)
{
    /// <summary>When the session ends, however much it is used; null from a process that knows no lifetimes.</summary>
    [Id(7)]
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When the session ends if it is not used before; null from a process that knows no lifetimes.</summary>
    [Id(8)]
    public DateTimeOffset? IdleExpiresAt { get; init; }
}

/// <summary>An account as people know it.</summary>
/// <param name="Id">X's numeric user id.</param>
/// <param name="Username">The handle, without the @.</param>
[GenerateSerializer, Immutable, Alias("otp.AccountName")]
public sealed record AccountName([property: Id(0)] string Id, [property: Id(1)] string Username);

/// <summary>What a sign-out did.</summary>
/// <param name="SessionsLeft">Sessions of the account that live on.</param>
/// <param name="RevokedAtX">Whether X has confirmed the revocation; false while sessions are left, or while X cannot be asked.</param>
[GenerateSerializer, Immutable, Alias("otp.SignOutResult")]
public sealed record SignOutResult([property: Id(0)] int SessionsLeft, [property: Id(1)] bool RevokedAtX);

/// <summary>All windows of an account.</summary>
/// <param name="Windows">The account's own and the app's.</param>
/// <param name="Lines">The account's calls that wait for them, by endpoint.</param>
[GenerateSerializer, Immutable, Alias("otp.LimitsSnapshot")]
public sealed record LimitsSnapshot([property: Id(0)] WindowForecast[] Windows, [property: Id(1)] LineSnapshot[] Lines)
{
    /// <summary>What X says is used up that no window's reset brings back.</summary>
    [Id(2)]
    public UsageCap[] Caps { get; init; } = [];
}

/// <summary>What would become of a call.</summary>
/// <param name="Refusal">Why it would not go to X, or why X is sure to refuse it, and how long to wait if waiting helps; null when nothing
/// stands in its way.</param>
/// <param name="RefreshesFirst">Whether it would wait for a token refresh.</param>
/// <param name="Windows">The windows it would draw on, as they are.</param>
[GenerateSerializer, Immutable, Alias("otp.DryRun")]
public sealed record DryRun(
    [property: Id(0)] Rejection? Refusal,
    [property: Id(1)] bool RefreshesFirst,
    [property: Id(2)] WindowSnapshot[] Windows
);
