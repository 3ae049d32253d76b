namespace OrleansTwitterProxy.Sandbox;

/// <summary>The filtered stream's one connection.</summary>
public sealed class SandboxStream
{
    private readonly EventStream _stream;

    internal SandboxStream(EventStream stream) => _stream = stream;

    /// <summary>Whether a client is connected.</summary>
    public bool IsConnected => _stream.Now > 0;

    /// <summary>Ends the connection as X does: an operational-disconnect error as the last line, then the end of the response.</summary>
    /// <returns>False when nobody is connected.</returns>
    public bool Disconnect() => _stream.Disconnect(new StreamDisconnectScript()) > 0;
}
