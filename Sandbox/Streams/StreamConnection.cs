using System.Threading.Channels;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>One connection of a client to a stream.</summary>
internal sealed class StreamConnection(long key, EventStream stream, string clientAddress, DateTimeOffset connectedAt) : IKeyed
{
    /// <summary>Number of events that may wait for a slow reader before X disconnects it.</summary>
    private const int Buffer = 1000;

    private readonly Channel<StreamItem> _items = Channel.CreateBounded<StreamItem>(
        new BoundedChannelOptions(Buffer) { SingleReader = true }
    );
    private long _sent;

    public long Key { get; } = key;
    public string Id { get; } = SnowflakeIds.ToText(key);
    public EventStream Stream { get; } = stream;
    public string ClientAddress { get; } = clientAddress;
    public DateTimeOffset ConnectedAt { get; } = connectedAt;
    public ChannelReader<StreamItem> Items => _items.Reader;

    /// <summary>Null while it is open.</summary>
    public DateTimeOffset? DisconnectedAt { get; set; }

    public string? DisconnectReason { get; set; }

    /// <summary>Number of events sent.</summary>
    public long Sent => Volatile.Read(ref _sent);

    public void CountSent() => Interlocked.Increment(ref _sent);

    /// <summary>Passes an item to the sender; a connection whose buffer is full ends.</summary>
    public void Write(StreamItem item)
    {
        if (!_items.Writer.TryWrite(item))
            _items.Writer.TryComplete();
    }
}
