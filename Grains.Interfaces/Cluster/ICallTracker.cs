using Orleans;
using Orleans.Concurrency;

namespace OrleansTwitterProxy.Grains.Interfaces.Cluster;

/// <summary>
/// A grain that reports whether its silo is still serving a call. A front end detects the loss of its gateway, but not the loss of a silo
/// behind the gateway. Without this check it would wait for a response that never comes.
/// </summary>
[Alias("otp.ICallTracker")]
public interface ICallTracker : IGrain
{
    /// <summary>Key in the request context for the id of a call, a Guid.</summary>
    const string CallId = "otp.call";

    /// <summary>Whether the grain's silo is serving a call. Has no effect.</summary>
    [Alias("IsServing"), AlwaysInterleave, ResponseTimeout("00:00:03")]
    Task<bool> IsServingAsync(Guid callId);
}
