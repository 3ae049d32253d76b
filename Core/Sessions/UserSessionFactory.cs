using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>Puts the account objects of one process together, each part with what it needs of what they share.</summary>
public sealed class UserSessionFactory(
    TokenVault vault,
    TokenEndpoint tokenEndpoint,
    TwitterClient twitter,
    ICircuit circuit,
    IOptions<CircuitOptions> circuitOptions,
    EndpointCatalogue catalogue,
    LimitTable appLimits,
    RetryPolicy retries,
    CallQueue queue,
    IOptions<UserSessionOptions> options,
    IOptions<IdempotencyOptions> keyOptions,
    IAccountRows rows,
    LostGrants lostGrants,
    AuditLog auditLog,
    TimeProvider timeProvider,
    ILogger<UserSession> logger,
    Incarnation? incarnation = null
)
{
    private readonly Incarnation _incarnation = incarnation ?? Incarnation.First;
    private readonly SessionLifetimes _lifetimes = new(options.Value, timeProvider);

    /// <summary>
    /// Whether an account that nobody calls needs a round of <see cref="IAccountControl.MaintainAsync"/>: a session has expired or does not
    /// count its time yet, or something was cut off.
    /// </summary>
    public bool NeedsMaintenance(SessionRecord record) =>
        record is { Revocations.Count: > 0 } or { Erasing: true }
        || record.Sessions.Any(session => session.UsedUntil is null || _lifetimes.HasExpired(session));

    /// <summary>The account's object.</summary>
    /// <param name="accountId">X's user id.</param>
    /// <param name="store">The grain's store.</param>
    /// <param name="keyStore">The same for the account's keyed writes.</param>
    /// <param name="uploads">Finds an upload by its id.</param>
    public UserSession Create(
        string accountId,
        IRecordStore<SessionRecord> store,
        IRecordStore<IdempotencyRecord> keyStore,
        Func<string, IMediaUpload> uploads
    )
    {
        var lifetime = new CancellationTokenSource();
        var journal = new SessionJournal(accountId, store);
        var lifetimes = new SessionLifetimes(options.Value, timeProvider);
        journal.Carry(lifetimes.With);
        var audit = new AccountAudit(accountId, auditLog, lostGrants);
        var refresh = new TokenRefresh(
            accountId,
            journal,
            vault,
            tokenEndpoint,
            options.Value,
            audit,
            _incarnation,
            timeProvider,
            logger,
            lifetime.Token
        );
        var tokens = new AccountTokens(journal, refresh, new(accountId, vault), options.Value, timeProvider);
        var revocation = new GrantRevocation(accountId, journal, vault, tokenEndpoint, audit, logger, lifetime.Token);
        var windows = new AccountWindows(journal, appLimits, catalogue, twitter.Clock, options.Value.WindowSaveInterval, timeProvider);
        var line = queue.ForAccount();
        var attempts = new UpstreamAttempt(accountId, circuit, circuitOptions.Value.SlowCallDuration, line, tokens, twitter, timeProvider);
        var forwarder = new CallForwarder(attempts, tokens, line, windows.Table, appLimits, retries, twitter.Timeout, timeProvider);
        var keyed = new KeyedWriteScope(
            accountId,
            keyStore,
            keyOptions.Value,
            twitter.Timeout,
            timeProvider,
            logger,
            catalogue,
            lifetime.Token
        );
        var preview = new CallPreview(forwarder, circuit, line, timeProvider);
        var sessions = new AccountSessions(
            accountId,
            journal,
            lifetimes,
            tokens,
            revocation,
            windows,
            line,
            audit,
            _incarnation,
            timeProvider
        );
        var calls = new AccountCalls(catalogue, forwarder, new(keyed, forwarder), preview, line, lifetimes, timeProvider);
        var erasure = new AccountErasure(accountId, journal, sessions, calls, rows, uploads, audit);
        return new(
            journal,
            lifetimes,
            sessions,
            calls,
            windows,
            refresh,
            new(journal, lifetimes, sessions, revocation, erasure, tokens, windows, lifetime.Token),
            new(accountId, journal, lifetimes, sessions, erasure, revocation, audit, logger),
            lifetime
        );
    }
}
