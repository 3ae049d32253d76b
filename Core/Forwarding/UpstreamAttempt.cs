using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Forwarding;

/// <summary>
/// One attempt at a call of an account, steps 5 to 8: circuit, windows, token, send. It takes its own permits and gives each back exactly
/// once, and reports its own outcome to the circuit.
/// </summary>
internal sealed class UpstreamAttempt(
    string accountId,
    ICircuit circuit,
    TimeSpan slowCallDuration,
    AccountQueue queue,
    ICallTokens tokens,
    TwitterClient twitter,
    TimeProvider timeProvider
)
{
    /// <param name="call">The call.</param>
    /// <param name="turn">Permits that it has waited for; null to take them now.</param>
    /// <param name="cancellationToken">The caller hung up.</param>
    public async Task<AttemptResult> RunAsync(ForwardedCall call, Turn? turn, CancellationToken cancellationToken)
    {
        // 5. Circuit: this node's own copy answers.
        var permit = await EnterCircuitAsync(call, turn, cancellationToken);
        if (!permit.Allowed)
            return new(SharedRejections.CircuitOpen(permit.Family, permit.RetryAfter));
        var outcome = CallOutcome.Unknown;
        try
        {
            // 6. Windows: a permit in all that apply, or none.
            QueueDelay delay = default;
            var permits = turn?.Permits ?? default;
            if (turn is null && !queue.TryGo(call.Queued, call.Windows, out permits, out delay))
                return new(Delay: delay);
            // 7. Token: fresh enough, or the one refresh under way.
            var (token, noToken) = await GetTokenAsync(call, permits, cancellationToken);
            if (noToken is not null)
                return new(noToken);
            // 8. Send. The intent of a write with a key is saved first.
            if (await SaveIntentAsync(call, permits) is { } refused)
                return new(refused);
            (var result, outcome) = await SendAsync(call, token, permits, cancellationToken);
            return new(Result: result, Token: token, IsProbe: permit.Probe is not null);
        }
        finally
        {
            circuit.Report(permit, outcome);
        }
    }

    private async ValueTask<CircuitPermit> EnterCircuitAsync(ForwardedCall call, Turn? turn, CancellationToken cancellationToken)
    {
        var (started, entered) = (timeProvider.GetTimestamp(), false);
        try
        {
            var permit = await circuit.EnterAsync(call.Endpoint.Family, call.Endpoint.IsSafe, cancellationToken);
            entered = permit.Allowed;
            return permit;
        }
        finally
        {
            call.CircuitTime += timeProvider.GetElapsedTime(started);
            if (!entered && turn is { } unused)
                Release(call, unused.Permits); // the circuit opened during the wait, or the caller hung up
        }
    }

    private async ValueTask<(LiveToken Token, Rejection? Rejection)> GetTokenAsync(
        ForwardedCall call,
        CallPermits permits,
        CancellationToken cancellationToken
    )
    {
        var (started, succeeded) = (timeProvider.GetTimestamp(), false);
        try
        {
            var result = await tokens.GetAsync(cancellationToken);
            succeeded = result.Rejection is null;
            return result;
        }
        finally
        {
            call.RefreshTime += timeProvider.GetElapsedTime(started);
            if (!succeeded)
                Release(call, permits); // refused, failed, or the caller hung up: X never saw it
        }
    }

    private async ValueTask<Rejection?> SaveIntentAsync(ForwardedCall call, CallPermits permits)
    {
        if (call.Intent is null)
            return null;
        var saved = false;
        try
        {
            var rejection = await call.Intent.SaveAsync();
            saved = rejection is null;
            return rejection;
        }
        finally
        {
            if (!saved)
                Release(call, permits);
        }
    }

    private async Task<(UpstreamResult Result, CallOutcome Outcome)> SendAsync(
        ForwardedCall call,
        LiveToken token,
        CallPermits permits,
        CancellationToken cancellationToken
    )
    {
        var started = timeProvider.GetTimestamp();
        var result = UpstreamResult.Failed(UpstreamFault.Cancelled); // stands when the call throws: its permits must not stay out for ever
        try
        {
            result = await twitter.SendAsync(
                call.Endpoint,
                TargetOf(call),
                call.Request.Headers,
                call.Request.Body,
                token.Token,
                twitter.Timeout - call.Spent,
                cancellationToken
            );
        }
        finally
        {
            WindowSettlement.Settle(permits, call.Windows, result, twitter.Clock, timeProvider.GetUtcNow());
            queue.Returned(call.Endpoint.Key);
        }

        var took = timeProvider.GetElapsedTime(started);
        (call.UpstreamTime, call.Spent) = (call.UpstreamTime + took, call.Spent + took);
        return (result, FaultClassifier.Classify(result.Fault, result.Status, took, slowCallDuration));
    }

    private void Release(ForwardedCall call, CallPermits permits)
    {
        permits.Release();
        queue.Returned(call.Endpoint.Key);
    }

    private string TargetOf(ForwardedCall call) =>
        call.Request.Target.Replace(ForwardRequest.AccountPlaceholder, accountId, StringComparison.Ordinal);
}

/// <summary>How an attempt ended: refused or held up before X was called; or with X's result.</summary>
/// <param name="Rejection">Why X was not called.</param>
/// <param name="Delay">What it has to wait for before X can be called.</param>
/// <param name="Result">X's result, when neither is set.</param>
/// <param name="Token">The token it was sent with.</param>
/// <param name="IsProbe">Whether the circuit waits for its outcome.</param>
internal readonly record struct AttemptResult(
    Rejection? Rejection = null,
    QueueDelay? Delay = null,
    UpstreamResult Result = default,
    LiveToken Token = default,
    bool IsProbe = false
);
