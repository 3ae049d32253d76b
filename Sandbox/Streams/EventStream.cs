using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>One of X's streams: numbers its events, sends them to the one connection that X allows an app, and remembers both.</summary>
internal sealed class EventStream(StreamRoute route, SnowflakeIds ids, TimeProvider clock)
{
    private const int MaxConnections = 1;
    private const int RememberedEvents = 10_000;
    private const int RememberedConnections = 1000;

    private readonly Lock _gate = new();
    private readonly List<StreamConnection> _open = [];
    private readonly Queue<StreamConnection> _connections = new();
    private readonly Queue<NumberedEvent> _events = new();
    private RunningScript? _script;
    private long _sequence;

    public StreamRoute Route { get; } = route;

    /// <summary>Connections that were opened since the counters were reset.</summary>
    public long Connects { get; private set; }

    /// <summary>Attempts that were refused because a connection was open.</summary>
    public long Refused { get; private set; }

    /// <summary>The most connections at one time since the counters were reset.</summary>
    public int Max { get; private set; }

    public int Now
    {
        get
        {
            lock (_gate)
                return _open.Count;
        }
    }

    /// <summary>Number of the latest event; 0 before the first.</summary>
    public long Sequence
    {
        get
        {
            lock (_gate)
                return _sequence;
        }
    }

    public IReadOnlyList<NumberedEvent> Events
    {
        get
        {
            lock (_gate)
                return [.. _events];
        }
    }

    /// <summary>Open and ended connections, oldest first.</summary>
    public IReadOnlyList<StreamConnection> Connections
    {
        get
        {
            lock (_gate)
                return [.. _connections];
        }
    }

    /// <summary>Opens a connection; null when the app has all that X allows.</summary>
    public StreamConnection? Connect(string clientAddress)
    {
        lock (_gate)
        {
            if (_open.Count >= MaxConnections)
            {
                Refused++;
                return null;
            }
            var connection = new StreamConnection(ids.Next(), this, clientAddress, clock.GetUtcNow());
            _open.Add(connection);
            Remember(_connections, connection, RememberedConnections);
            Connects++;
            Max = Math.Max(Max, _open.Count);
            return connection;
        }
    }

    /// <summary>A connection has ended; later calls for the same one change nothing.</summary>
    public void Leave(StreamConnection connection, string reason)
    {
        lock (_gate)
        {
            if (!_open.Remove(connection))
                return;
            connection.DisconnectedAt = clock.GetUtcNow();
            connection.DisconnectReason = reason;
        }
    }

    /// <returns>The number of the event.</returns>
    public long Publish(StreamEvent content)
    {
        lock (_gate)
        {
            var numbered = new NumberedEvent(++_sequence, content, clock.GetUtcNow());
            Remember(_events, numbered, RememberedEvents);
            foreach (var connection in _open)
                connection.Write(new StreamItem(numbered, null));
            return numbered.Sequence;
        }
    }

    /// <summary>Ends open connections now, or puts a script in force in place of an earlier one.</summary>
    /// <returns>The number of open connections.</returns>
    public int Disconnect(StreamDisconnectScript script)
    {
        lock (_gate)
        {
            if (!script.IsImmediate)
                _script = new RunningScript(script);
            else
                _open.ForEach(connection => connection.Write(new StreamItem(null, script.How)));
            return _open.Count;
        }
    }

    public void ClearScript()
    {
        lock (_gate)
            _script = null;
    }

    /// <summary>What the script does to a connection after the events sent so far.</summary>
    public StreamDisconnect? Draw(StreamConnection connection)
    {
        lock (_gate)
            return _script?.Draw(connection.Sent);
    }

    public void ResetCounters()
    {
        lock (_gate)
            (Connects, Refused, Max) = (0, 0, _open.Count);
    }

    /// <summary>The stream as the control API shows it.</summary>
    /// <param name="events">Number of the latest events to show.</param>
    public JsonObject Describe(int events) =>
        new()
        {
            ["name"] = Route.Name,
            ["path"] = Route.Path,
            ["published"] = Sequence,
            ["connections"] = new JsonArray([
                .. Connections.Select(connection => new JsonObject
                {
                    ["id"] = connection.Id,
                    ["connected_at"] = UserRenderer.Time(connection.ConnectedAt),
                    ["disconnected_at"] = connection.DisconnectedAt is { } at ? UserRenderer.Time(at) : null,
                    ["disconnect_reason"] = connection.DisconnectReason,
                    ["sent"] = connection.Sent,
                }),
            ]),
            ["events"] = new JsonArray([
                .. Events
                    .TakeLast(events)
                    .Select(item => new JsonObject
                    {
                        ["sequence"] = item.Sequence,
                        ["at"] = UserRenderer.Time(item.At),
                        ["sent_to"] = new JsonArray([.. item.SentTo.Select(id => (JsonNode)id)]),
                    }),
            ]),
        };

    private static void Remember<T>(Queue<T> queue, T item, int capacity)
    {
        queue.Enqueue(item);
        if (queue.Count > capacity)
            queue.Dequeue();
    }
}
