namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>
/// How a call to X ended when no whole answer came. The name tells the stage; <see cref="FaultClassifier"/> tells whose fault.
/// </summary>
public enum UpstreamFault
{
    None,

    /// <summary>No connection: X has seen nothing of the call.</summary>
    Connect,

    /// <summary>No whole answer within <see cref="TwitterOptions.RequestTimeout"/>: X may have acted.</summary>
    Timeout,

    /// <summary>The connection broke after the request went out: X may have acted.</summary>
    Broken,

    /// <summary>The answer is larger than the proxy passes on: X has acted.</summary>
    TooLarge,

    /// <summary>The caller hung up, or the proxy is stopping: X may have acted, and is not at fault.</summary>
    Cancelled,
}
