using Orleans;
using Orleans.Concurrency;

namespace OrleansTwitterProxy.Grains.Interfaces.Engine;

/// <summary>
/// A grain that can be asked after a call. A front end is told when its gateway is lost, but not when the silo behind it is: without
/// this it would wait for an answer that nobody is going to give.
/// </summary>
[Alias("otp.ICallWitness")]
public interface ICallWitness : IGrain
{
    /// <summary>The name in the request context under which a caller gives its call an id, a Guid.</summary>
    const string CallId = "otp.call";

    /// <summary>Whether this activation is at work on a call. One that came after the call's own was lost says no. Changes nothing.</summary>
    [Alias("IsServing"), AlwaysInterleave, ResponseTimeout("00:00:03")]
    Task<bool> IsServingAsync(Guid callId);
}
