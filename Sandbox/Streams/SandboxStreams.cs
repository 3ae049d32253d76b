using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>All streams of X, for tests that act on them directly. Names are X's, such as <c>filtered_stream</c>; * means all.</summary>
public sealed class SandboxStreams
{
    private readonly Dictionary<string, EventStream> _streams;

    internal SandboxStreams(SnowflakeIds ids, TimeProvider clock) =>
        _streams = StreamRoute.All.ToDictionary(route => route.Name, route => new EventStream(route, ids, clock));

    internal IEnumerable<EventStream> All => _streams.Values;

    internal EventStream this[string name] =>
        _streams.GetValueOrDefault(name)
        ?? throw new ArgumentException($"There is no stream '{name}'; the streams are {string.Join(", ", _streams.Keys)}.");

    /// <summary>Open connections of a stream.</summary>
    /// <exception cref="ArgumentException">There is no such stream.</exception>
    public int Connections(string name) => Select(name).Sum(stream => stream.Now);

    /// <summary>Ends connections as the script says.</summary>
    /// <returns>The number of connections that are open now.</returns>
    /// <exception cref="ArgumentException">There is no such stream, or the script is not valid.</exception>
    public int Disconnect(string name, StreamDisconnectScript script)
    {
        script.Validate();
        return Select(name).Sum(stream => stream.Disconnect(script));
    }

    /// <summary>Removes the script of a stream; connections that it has silenced stay silent until they are ended.</summary>
    /// <exception cref="ArgumentException">There is no such stream.</exception>
    public void ClearScript(string name)
    {
        foreach (var stream in Select(name))
            stream.ClearScript();
    }

    /// <summary>Publishes events with the given JSON, at no cost to the app.</summary>
    /// <param name="body">The event without its number; null is a small one.</param>
    /// <returns>The numbers of the first and the last event, of the first stream that is selected.</returns>
    /// <exception cref="ArgumentException">There is no such stream.</exception>
    public (long First, long Last) Publish(string name, int count = 1, JsonObject? body = null)
    {
        var last = 0L;
        foreach (var stream in Select(name).Reverse())
        {
            for (var i = 0; i < count; i++)
                last = stream.Publish(StreamEvent.Of(body ?? new JsonObject { ["data"] = new JsonObject { ["id"] = "1" } }, null));
        }
        return (last - count + 1, last);
    }

    /// <summary>Counts connections anew; open ones stay counted, and events keep their numbers.</summary>
    public void ResetCounters()
    {
        foreach (var stream in _streams.Values)
            stream.ResetCounters();
    }

    internal IEnumerable<EventStream> Select(string name) => name == "*" ? _streams.Values : [this[name]];
}
