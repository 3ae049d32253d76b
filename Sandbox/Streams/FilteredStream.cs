using System.Threading.Channels;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Sends new posts to the one connection that X allows an app.</summary>
internal sealed class FilteredStream
{
    /// <summary>Number of posts that may wait for a slow reader before X disconnects it.</summary>
    private const int Buffer = 1000;

    private readonly Lock _gate = new();
    private Channel<StreamItem>? _connection;

    public bool IsConnected => _connection is not null;

    /// <summary>Opens the connection; null while another is open.</summary>
    public Channel<StreamItem>? Connect()
    {
        lock (_gate)
        {
            if (_connection is not null)
                return null;
            return _connection = Channel.CreateBounded<StreamItem>(new BoundedChannelOptions(Buffer) { SingleReader = true });
        }
    }

    public void Leave(Channel<StreamItem> connection)
    {
        lock (_gate)
        {
            if (_connection == connection)
                _connection = null;
        }
    }

    public void Publish(Post post) => Write(new StreamItem(post, null));

    /// <summary>Ends the connection as X does when it restarts: a last line with the error, then the end of the response.</summary>
    /// <returns>False when nobody is connected.</returns>
    public bool Disconnect()
    {
        lock (_gate)
        {
            if (_connection is null)
                return false;
            _connection.Writer.TryWrite(new StreamItem(null, "UpstreamOperationalDisconnect"));
            _connection.Writer.TryComplete();
            return true;
        }
    }

    private void Write(StreamItem item)
    {
        var connection = _connection;
        if (connection is not null && !connection.Writer.TryWrite(item))
            connection.Writer.TryComplete();
    }
}

/// <summary>A line to send: a post, or the reason for a disconnection.</summary>
internal readonly record struct StreamItem(Post? Post, string? DisconnectType);
