using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Engine;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>Makes the account objects of one process, and holds what they share: X, its health, the app-wide windows.</summary>
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
    ILogger<UserSession> logger)
{
    internal TokenVault Vault => vault;

    internal TokenEndpoint TokenEndpoint => tokenEndpoint;

    internal TwitterClient Twitter => twitter;

    internal ICircuit Circuit => circuit;

    /// <inheritdoc cref="CircuitOptions.SlowCallDuration"/>
    internal TimeSpan SlowCallDuration { get; } = circuitOptions.Value.SlowCallDuration;

    internal EndpointCatalogue Catalogue => catalogue;

    internal LimitTable AppLimits => appLimits;

    internal RetryPolicy Retries => retries;

    internal CallQueue Queue => queue;

    internal UserSessionOptions Options { get; } = options.Value;

    internal IdempotencyOptions KeyOptions { get; } = keyOptions.Value;

    internal TimeProvider TimeProvider => timeProvider;

    internal ILogger Logger => logger;

    /// <summary>The account's object.</summary>
    /// <param name="accountId">X's user id.</param>
    /// <param name="store">The process's store in the embedded engine, the grain's own in the cluster.</param>
    /// <param name="keyStore">The same for the account's keyed writes.</param>
    public UserSession Create(string accountId, IRecordStore<SessionRecord> store, IRecordStore<IdempotencyRecord> keyStore) => new(accountId, store, keyStore, this);
}
