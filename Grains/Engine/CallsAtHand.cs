using Orleans;
using Orleans.Runtime;
using OrleansTwitterProxy.Grains.Interfaces.Engine;

namespace OrleansTwitterProxy.Grains.Engine;

/// <summary>The calls that one activation is at work on, by the ids their callers gave them. Only ever used within the grain's turns.</summary>
internal sealed class CallsAtHand
{
    private readonly HashSet<Guid> _calls = [];

    public bool Contains(Guid callId) => _calls.Contains(callId);

    public async Task InvokeAsync(IIncomingGrainCallContext context)
    {
        if (context.MethodName is nameof(ICallWitness.IsServingAsync) || RequestContext.Get(ICallWitness.CallId) is not Guid callId)
        {
            await context.Invoke();
            return;
        }

        _calls.Add(callId);
        try
        {
            await context.Invoke();
        }
        finally
        {
            _calls.Remove(callId);
        }
    }
}
