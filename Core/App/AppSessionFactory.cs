using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.App;

/// <summary>Puts the app's object together, each part with what it needs of what the process shares.</summary>
public sealed class AppSessionFactory(
    AppTokens tokens,
    TwitterClient twitter,
    ICircuit circuit,
    IOptions<CircuitOptions> circuitOptions,
    EndpointCatalogue catalogue,
    LimitTable appLimits,
    RetryPolicy retries,
    CallQueue queue,
    IOptions<IdempotencyOptions> keyOptions,
    TimeProvider timeProvider,
    ILogger<AppSession> logger
)
{
    /// <summary>What stands for an account's id in the rows of keyed writes. X's ids are numbers.</summary>
    private const string Name = "app";

    /// <param name="keyStore">The grain's store of keyed writes.</param>
    public AppSession Create(IRecordStore<IdempotencyRecord> keyStore)
    {
        var lifetime = new CancellationTokenSource();
        var windows = LimitTable.ForAppOnly(twitter.Clock);
        var line = queue.ForAccount();
        var attempts = new UpstreamAttempt(Name, circuit, circuitOptions.Value.SlowCallDuration, line, tokens, twitter, timeProvider);
        var forwarder = new CallForwarder(attempts, tokens, line, windows, appLimits, retries, twitter.Timeout, timeProvider);
        var keyed = new KeyedWriteScope(Name, keyStore, keyOptions.Value, twitter.Timeout, timeProvider, logger, catalogue, lifetime.Token);
        return new(
            catalogue,
            forwarder,
            new(keyed, forwarder),
            new(forwarder, circuit, line, timeProvider),
            line,
            windows,
            appLimits,
            timeProvider,
            lifetime
        );
    }
}
