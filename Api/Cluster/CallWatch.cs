using Orleans.Runtime;
using OrleansTwitterProxy.Grains.Interfaces.Cluster;

namespace OrleansTwitterProxy.Api.Cluster;

/// <summary>
/// Invokes a call and, should it take long, asks every second whether it is still being served; a call that has taken more than ten, for it
/// may wait for X's limits, less and less often. An ordinary call costs no message more; one whose silo is lost ends two questions after
/// its account can be reached elsewhere.
/// </summary>
internal sealed class CallWatch(TimeProvider timeProvider)
{
    private static readonly TimeSpan FirstInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(10);

    // A call on its way may be overtaken by the question once.
    private const int Denials = 2;

    /// <param name="context">A call to an <see cref="ICallTracker"/>, its last argument a cancellation token.</param>
    /// <returns>Whether the call has ended; false when nobody is at work on it any more.</returns>
    public async Task<bool> InvokeAsync(IOutgoingGrainCallContext context)
    {
        var callId = Guid.NewGuid();
        var last = context.Request.GetArgumentCount() - 1;
        var caller = (CancellationToken)context.Request.GetArgument(last)!;
        using var abandon = CancellationTokenSource.CreateLinkedTokenSource(caller);
        context.Request.SetArgument(last, abandon.Token);
        RequestContext.Set(ICallTracker.CallId, callId); // for what this method calls, no further
        try
        {
            var (invocation, started) = (context.Invoke(), timeProvider.GetTimestamp());
            for (var denials = 0; denials < Denials; )
            {
                await invocation
                    .WaitAsync(IntervalAfter(timeProvider.GetElapsedTime(started)), timeProvider, CancellationToken.None)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
                if (invocation.IsCompleted)
                {
                    await invocation;
                    return true;
                }

                if (await AskAsync((ICallTracker)context.Grain, callId) is { } serving)
                    denials = serving ? 0 : denials + 1;
            }

            await abandon.CancelAsync();
            await invocation.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            return invocation.IsCompletedSuccessfully && context.Response?.Exception is null;
        }
        finally
        {
            context.Request.SetArgument(last, caller);
        }
    }

    private static TimeSpan IntervalAfter(TimeSpan age) =>
        age / 10 is var tenth && tenth < FirstInterval ? FirstInterval
        : tenth < LongestInterval ? tenth
        : LongestInterval;

    // Null: no answer, which says nothing. The silo may be starting, stopping, frozen, or of a version that cannot tell.
    private static async Task<bool?> AskAsync(ICallTracker tracker, Guid callId)
    {
        try
        {
            return await tracker.IsServingAsync(callId);
        }
        catch (Exception)
        {
            return null;
        }
    }
}
