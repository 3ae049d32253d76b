using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Idempotency;
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
    TimeProvider timeProvider,
    ILogger<UserSession> logger
)
{
    /// <summary>The account's object.</summary>
    /// <param name="accountId">X's user id.</param>
    /// <param name="store">The grain's store.</param>
    /// <param name="keyStore">The same for the account's keyed writes.</param>
    public UserSession Create(string accountId, IRecordStore<SessionRecord> store, IRecordStore<IdempotencyRecord> keyStore)
    {
        var lifetime = new CancellationTokenSource();
        var journal = new SessionJournal(accountId, store);
        var refresh = new TokenRefresh(accountId, journal, vault, tokenEndpoint, options.Value, timeProvider, logger, lifetime.Token);
        var tokens = new AccountTokens(journal, refresh, new(accountId, vault), options.Value, timeProvider);
        var revocation = new GrantRevocation(accountId, journal, vault, tokenEndpoint, logger, lifetime.Token);
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
        var preview = new CallPreview(catalogue, forwarder, circuit, line, timeProvider);
        return new(
            journal,
            new(accountId, journal, tokens, revocation, windows, line, timeProvider),
            new(catalogue, forwarder, new(keyed, forwarder), preview, line),
            windows,
            refresh,
            new(journal, revocation, tokens, windows, lifetime.Token),
            lifetime
        );
    }
}
