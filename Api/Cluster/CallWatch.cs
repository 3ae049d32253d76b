using Orleans.Runtime;
using OrleansTwitterProxy.Grains.Interfaces.Cluster;

namespace OrleansTwitterProxy.Api.Cluster;

/// <summary>
/// Invokes a call and detects the loss of the silo that serves it. After one second it asks the grain once a second whether the call is
/// still being served; after ten seconds it asks less often, because the call may be waiting for X's windows. A fast call costs no extra
/// message. A call on a lost silo ends after two negative answers, once its account can be reached elsewhere.
/// </summary>
internal sealed class CallWatch(TimeProvider timeProvider)
{
    private static readonly TimeSpan FirstInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(10);

    // The question may overtake the call once.
    private const int Denials = 2;

    /// <param name="context">A call to an <see cref="ICallTracker"/> whose last argument is a cancellation token.</param>
    /// <returns>Whether the call has ended; false when no grain is serving it any more.</returns>
    public async Task<bool> InvokeAsync(IOutgoingGrainCallContext context)
    {
        var callId = Guid.NewGuid();
        var (last, caller) = (context.Request.GetArgumentCount() - 1, CallerOf(context));
        using var abandon = CancellationTokenSource.CreateLinkedTokenSource(caller);
        context.Request.SetArgument(last, abandon.Token);
        RequestContext.Set(ICallTracker.CallId, callId); // visible only to the calls made by this method
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

    /// <summary>The token of whoever makes the call: its last argument.</summary>
    public static CancellationToken CallerOf(IOutgoingGrainCallContext context) =>
        (CancellationToken)context.Request.GetArgument(context.Request.GetArgumentCount() - 1)!;

    private static TimeSpan IntervalAfter(TimeSpan age) =>
        age / 10 is var tenth && tenth < FirstInterval ? FirstInterval
        : tenth < LongestInterval ? tenth
        : LongestInterval;

    // Null: no answer, which proves nothing. The silo may be starting, stopping or frozen, or run a version without this method.
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
