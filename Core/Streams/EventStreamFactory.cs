using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.App;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Streams;

/// <summary>Puts the streams of one process together.</summary>
public sealed class EventStreamFactory(
    AppTokens tokens,
    TwitterClient twitter,
    ICircuit circuit,
    EndpointCatalogue catalogue,
    LimitTable appLimits,
    IOptions<StreamOptions> options,
    TimeProvider timeProvider,
    ILogger<EventStream> logger
)
{
    // Shared by the partitions of a stream, as far as they live in this process. X's headers correct them.
    private readonly LimitTable _windows = LimitTable.ForAppOnly(twitter.Clock);

    /// <param name="name">From <see cref="StreamName.Of"/>.</param>
    public EventStream Create(string name)
    {
        var endpoint = catalogue.ByKey(StreamName.EndpointKeyOf(name));
        var windows = new CallWindows(_windows.For(endpoint), appLimits.For(endpoint));
        var connector = new StreamConnector(endpoint, circuit, windows, tokens, twitter, timeProvider);
        return new(endpoint.Template, connector, options.Value, timeProvider, logger);
    }
}
