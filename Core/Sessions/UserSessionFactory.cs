using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Engine;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>Makes the account objects of one process, and holds what they share: X, its health, the app-wide windows.</summary>
public sealed class UserSessionFactory(
    IRecordStore<SessionRecord> store,
    TokenVault vault,
    TokenEndpoint tokenEndpoint,
    TwitterClient twitter,
    ICircuit circuit,
    EndpointCatalogue catalogue,
    LimitTable appLimits,
    IOptions<UserSessionOptions> options,
    TimeProvider timeProvider,
    ILogger<UserSession> logger)
{
    internal TokenVault Vault => vault;

    internal TokenEndpoint TokenEndpoint => tokenEndpoint;

    internal TwitterClient Twitter => twitter;

    internal ICircuit Circuit => circuit;

    internal EndpointCatalogue Catalogue => catalogue;

    internal LimitTable AppLimits => appLimits;

    internal UserSessionOptions Options { get; } = options.Value;

    internal TimeProvider TimeProvider => timeProvider;

    internal ILogger Logger => logger;

    /// <summary>The account's object over this process's store.</summary>
    public UserSession Create(string accountId) => Create(accountId, store);

    /// <summary>The account's object over a store of its own, as a grain's is.</summary>
    public UserSession Create(string accountId, IRecordStore<SessionRecord> ownStore) => new(accountId, ownStore, this);
}
