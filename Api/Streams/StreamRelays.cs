using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Streams;
using OrleansTwitterProxy.Core.Telemetry;
using OrleansTwitterProxy.Grains.Interfaces;

namespace OrleansTwitterProxy.Api.Streams;

/// <summary>The streams that somebody listens to at this front end. Thread-safe.</summary>
public sealed class StreamRelays(
    IGrainFactory grains,
    IOptions<StreamOptions> options,
    ProxyMetrics metrics,
    TimeProvider timeProvider,
    ILogger<StreamRelays> logger
)
{
    private readonly ConcurrentDictionary<string, StreamRelay> _relays = new(StringComparer.Ordinal);

    /// <summary>Adds a listener.</summary>
    /// <param name="name">From <see cref="StreamName.Of"/>.</param>
    /// <param name="query">What it asks X for.</param>
    /// <returns>The listener, to be disposed of; or StreamInUse.</returns>
    internal Result<StreamListener> Join(string name, StreamQuery query)
    {
        while (true)
        {
            var relay = _relays.GetOrAdd(name, Create);
            if (relay.TryJoin(query, out var rejection))
            {
                if (rejection is not null)
                    return rejection;
                metrics.ListenersChanged(1);
                return new StreamListener(relay, () => Leave(name, relay, query));
            }

            _relays.TryRemove(new(name, relay)); // its last listener has left
        }
    }

    private void Leave(string name, StreamRelay relay, StreamQuery query)
    {
        metrics.ListenersChanged(-1);
        if (relay.Leave(query))
            _relays.TryRemove(new(name, relay));
    }

    private StreamRelay Create(string name) => new(grains.EventStream(name), options.Value, timeProvider, logger);
}
