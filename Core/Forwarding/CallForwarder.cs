using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Forwarding;

/// <summary>
/// Steps 5 to 10 of one caller's calls. Each attempt runs steps 5 to 8; here is decided whether another follows, after a refresh, a wait in
/// the queue, or a backoff.
/// </summary>
internal sealed class CallForwarder(
    UpstreamAttempt attempts,
    ICallTokens tokens,
    AccountQueue queue,
    LimitTable callerLimits,
    LimitTable appLimits,
    RetryPolicy retries,
    TimeSpan deadline,
    TimeProvider timeProvider
)
{
    /// <param name="admitted">The call.</param>
    /// <param name="intent">For a write with an idempotency key.</param>
    /// <param name="cancellationToken">The caller hung up.</param>
    public async Task<ForwardResponse> SendAsync(AdmittedCall admitted, WriteIntent? intent, CancellationToken cancellationToken)
    {
        retries.Began();
        var call = new ForwardedCall(admitted, WindowsOf(admitted.Endpoint), intent);
        UpstreamResult? failed = null; // told to the caller should the repetition not be let through
        var turn = default(Turn?); // permits that were waited for
        for (var (refreshed, repetitions) = (false, 0); ; )
        {
            var attempt = await attempts.RunAsync(call, turn, cancellationToken);
            turn = null;
            if (attempt.Rejection is { } rejection)
                return failed is { } earlier ? call.Respond(earlier, Now) : call.Reject(rejection, Now);
            if (attempt.Delay is { } delay)
            {
                // 6. No permit: queue, or reject. A repetition does not wait: X has answered already.
                if (failed is { } answered)
                    return call.Respond(answered, Now);
                turn = await WaitAsync(call, delay, cancellationToken);
                if (turn.Value.Rejection is { } refusal)
                    return call.Reject(refusal, Now);
                continue;
            }

            var result = attempt.Result;
            cancellationToken.ThrowIfCancellationRequested();
            // 9. 401: X did not act. One refresh, one more attempt.
            if (result.Status == 401 && !refreshed)
            {
                (refreshed, call.Spent) = (true, TimeSpan.Zero);
                if (intent is not null)
                    await intent.TakeBackAsync();
                var (replaced, dead) = await tokens.ReplaceAsync(attempt.Token, cancellationToken);
                if (dead is not null)
                    return call.Reject(dead, Now);
                if (replaced)
                    continue;
            }

            // 9. 429 though there were permits: X did not act either. Back into the queue, if that helps.
            if (result.Status == 429 && call.QueueTime < call.Request.Wait && call.Windows.BlockedAt(Now) is { } block)
            {
                if (intent is not null)
                    await intent.TakeBackAsync();
                turn = await WaitAsync(call, new(block.Until, block.ByApp, BehindOthers: false), cancellationToken);
                if (turn.Value.Rejection is not null)
                    return call.Respond(result, Now);
                call.Spent = TimeSpan.Zero;
                continue;
            }

            // 9. A fault that may pass: once more, unless this was the probe that the circuit waits for.
            if (!attempt.IsProbe && retries.TryPlan(result, call.Endpoint.IsSafe, repetitions, call.Spent, deadline, out var pause))
            {
                (failed, call.Spent, repetitions) = (result, call.Spent + pause, repetitions + 1);
                if (pause > TimeSpan.Zero)
                    await Task.Delay(pause, timeProvider, cancellationToken);
                continue;
            }

            // 10. Respond.
            return call.Respond(result, Now);
        }
    }

    /// <summary>The windows that a call draws on.</summary>
    public CallWindows WindowsOf(Endpoint endpoint) => new(callerLimits.For(endpoint), appLimits.For(endpoint));

    private DateTimeOffset Now => timeProvider.GetUtcNow();

    private async Task<Turn> WaitAsync(ForwardedCall call, QueueDelay delay, CancellationToken cancellationToken)
    {
        var started = timeProvider.GetTimestamp();
        if (call.Ticket == 0)
            call.Ticket = queue.NextTicket();
        var turn = await WaitWithinSessionAsync(call, delay, call.Request.Wait - call.QueueTime, cancellationToken);
        call.QueueTime += timeProvider.GetElapsedTime(started);
        return turn;
    }

    private async Task<Turn> WaitWithinSessionAsync(
        ForwardedCall call,
        QueueDelay delay,
        TimeSpan wait,
        CancellationToken cancellationToken
    )
    {
        var left = call.SessionEndsAt - Now;
        if (left >= wait)
            return await queue.WaitAsync(call.Queued, call.Windows, delay, wait, call.Ticket, cancellationToken);
        using var end = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, end.Token);
        try
        {
            return await queue.WaitAsync(call.Queued, call.Windows, delay, wait, call.Ticket, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return SharedRejections.SessionEnded();
        }
    }
}
