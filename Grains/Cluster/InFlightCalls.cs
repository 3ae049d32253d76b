using System.Collections.Concurrent;
using Orleans;
using Orleans.Runtime;
using OrleansTwitterProxy.Grains.Interfaces.Cluster;

namespace OrleansTwitterProxy.Grains.Cluster;

/// <summary>
/// The calls that this silo is serving, by caller's id. A call filter for silos of a cluster; a single process does not use it, because no
/// other node can be lost. Thread-safe.
/// </summary>
public sealed class InFlightCalls : IIncomingGrainCallFilter
{
    private readonly ConcurrentDictionary<Guid, bool> _calls = new();

    /// <summary>Whether the silo is serving a call.</summary>
    public bool Contains(Guid callId) => _calls.ContainsKey(callId);

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (RequestContext.Get(ICallTracker.CallId) is not Guid callId || context.MethodName is nameof(ICallTracker.IsServingAsync))
        {
            await context.Invoke();
            return;
        }

        _calls[callId] = true;
        RequestContext.Remove(ICallTracker.CallId); // or a call that this one makes would carry its id, and end it here
        try
        {
            await context.Invoke();
        }
        finally
        {
            _calls.TryRemove(callId, out _);
        }
    }
}
