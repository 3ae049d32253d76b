using Orleans;
using Orleans.Concurrency;

namespace OrleansTwitterProxy.Grains.Interfaces.Cluster;

/// <summary>
/// A grain that tells whether its silo is still at work on a call. A front end learns that its gateway is lost, but not that the silo
/// behind the gateway is: without this it would wait for an answer that nobody is going to give.
/// </summary>
[Alias("otp.ICallTracker")]
public interface ICallTracker : IGrain
{
    /// <summary>Name in the request context under which a caller gives its call an id, a Guid.</summary>
    const string CallId = "otp.call";

    /// <summary>Whether the grain's silo is at work on a call. Changes nothing.</summary>
    [Alias("IsServing"), AlwaysInterleave, ResponseTimeout("00:00:03")]
    Task<bool> IsServingAsync(Guid callId);
}
