namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>
/// How a call to X ended without a complete response, by stage; <see cref="FaultClassifier"/> decides whose fault it was.
/// </summary>
public enum UpstreamFault
{
    None,

    /// <summary>No connection: X has not received the call.</summary>
    Connect,

    /// <summary>No complete response within <see cref="TwitterOptions.RequestTimeout"/>: X may have acted.</summary>
    Timeout,

    /// <summary>The connection broke after the request was sent: X may have acted.</summary>
    Broken,

    /// <summary>The response is larger than the limit: X has acted.</summary>
    TooLarge,

    /// <summary>The caller disconnected, or the proxy is stopping: X may have acted, and is not at fault.</summary>
    Cancelled,
}
