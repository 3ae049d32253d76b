using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>Steps 5 to 10 of one call: circuit, windows, token, send, react, settle.</summary>
/// <param name="request">The call.</param>
/// <param name="endpoint">Where it goes.</param>
/// <param name="clientId">The application it comes from.</param>
/// <param name="shared">What the process's accounts share.</param>
/// <param name="limits">The account's windows.</param>
/// <param name="queue">The account's lines.</param>
/// <param name="session">The account's tokens.</param>
/// <param name="guard">Told of the sendings of a write with a key; null for any other call.</param>
internal sealed class ForwardCall(
    ForwardRequest request,
    Endpoint endpoint,
    string clientId,
    UserSessionFactory shared,
    LimitTable limits,
    AccountQueue queue,
    UserSession session,
    IWriteGuard? guard)
{
    /// <summary>How long a 429 that names no reset holds an endpoint back, as most clients of X do.</summary>
    private static readonly TimeSpan UnexplainedHold = TimeSpan.FromSeconds(60);

    private readonly CallWindows _windows = new(limits.For(endpoint), shared.AppLimits.For(endpoint));
    private readonly QueuedCall _call = new(
        endpoint.Key, clientId, request.SessionId, Math.Clamp(request.Urgency, 0, QueuedCall.LeastUrgent), request.RequestId, request.Body.Length);

    private TimeSpan _refreshTime;
    private TimeSpan _upstreamTime;
    private TimeSpan _queueTime;
    private TimeSpan _circuitTime;
    private TimeSpan _spent; // of X's time, by the tries and the waits between them
    private CallOutcome _outcome; // of the try at hand
    private long _ticket;

    public async Task<ForwardResponse> RunAsync(string accountId, CancellationToken cancellationToken)
    {
        shared.Retries.Began();
        UpstreamResult? failed = null; // told to the caller should the repetition not be let through
        var turn = default(Turn?); // permits that were waited for
        for (var (refreshed, repetitions) = (false, 0); ;)
        {
            // 5 to 8, for each try anew: each takes its own permits, and reports its own outcome.
            var attempt = await TryAsync(accountId, turn, cancellationToken);
            turn = null;
            if (attempt.Rejection is { } rejection) return failed is { } earlier ? Reply(earlier) : Reject(rejection);
            if (attempt.Delay is { } delay)
            {
                // 6. No permit: in line, or not at all. A repetition does not wait: X has answered already.
                if (failed is { } answer) return Reply(answer);
                turn = await WaitAsync(delay, cancellationToken);
                if (turn.Value.Rejection is { } refusal) return Reject(refusal);
                continue;
            }

            var result = attempt.Result;
            cancellationToken.ThrowIfCancellationRequested();
            // 9. 401: X did not act. One refresh, one more try.
            if (result.Status == 401 && !refreshed)
            {
                (refreshed, _spent) = (true, TimeSpan.Zero);
                if (guard is not null) await guard.NotActedAsync();
                var (replaced, dead) = await session.ReplaceAsync(attempt.Token, cancellationToken);
                if (dead is not null) return Reject(dead);
                if (replaced) continue;
            }

            // 429 though there were permits: X knew better, nor did it act. Back into the line, if that helps.
            if (result.Status == 429 && _queueTime < request.Wait && IsBlocked(out var block))
            {
                if (guard is not null) await guard.NotActedAsync();
                turn = await WaitAsync(block, cancellationToken);
                if (turn.Value.Rejection is not null) return Reply(result);
                _spent = TimeSpan.Zero;
                continue;
            }

            // A fault that may pass: once more, unless this was the probe that the circuit waits for.
            if (!attempt.IsProbe && shared.Retries.TryPlan(result, endpoint.IsSafe, repetitions, _spent, shared.Twitter.Timeout, out var pause))
            {
                (failed, _spent, repetitions) = (result, _spent + pause, repetitions + 1);
                if (pause > TimeSpan.Zero) await Task.Delay(pause, shared.TimeProvider, cancellationToken);
                continue;
            }

            // 10. Reply.
            return Reply(result);
        }
    }

    private async Task<Attempt> TryAsync(string accountId, Turn? turn, CancellationToken cancellationToken)
    {
        // 5. Circuit: the node's own copy answers.
        var circuit = await EnterAsync(turn, cancellationToken);
        if (!circuit.Allowed) return new(CircuitRejection(circuit));
        _outcome = CallOutcome.Unknown;
        try
        {
            // 6. Windows: a permit in all that apply, or none.
            QueueDelay delay = default;
            var permits = turn?.Permits ?? default;
            if (turn is null && !queue.TryGo(_call, _windows, out permits, out delay)) return new(Delay: delay);
            // 7. Token: fresh enough, or the one refresh under way.
            var (token, noToken) = await TokenAsync(permits, cancellationToken);
            if (noToken is not null) return new(noToken);
            // 8. Send; a write with a key is put down first.
            if (await ForbiddenAsync(permits) is { } forbidden) return new(forbidden);
            var result = await SendAsync(accountId, token, permits, cancellationToken);
            return new(Result: result, Token: token, IsProbe: circuit.Probe is not null);
        }
        finally
        {
            shared.Circuit.Report(circuit, _outcome);
        }
    }

    private async ValueTask<CircuitPermit> EnterAsync(Turn? turn, CancellationToken cancellationToken)
    {
        var (started, entered) = (shared.TimeProvider.GetTimestamp(), false);
        try
        {
            var circuit = await shared.Circuit.EnterAsync(endpoint.Family, endpoint.IsSafe, cancellationToken);
            entered = circuit.Allowed;
            return circuit;
        }
        finally
        {
            _circuitTime += shared.TimeProvider.GetElapsedTime(started);
            if (!entered && turn is { } unused) Release(unused.Permits); // the circuit has opened during the wait, or the caller hung up
        }
    }

    private async Task<Turn> WaitAsync(QueueDelay delay, CancellationToken cancellationToken)
    {
        var started = shared.TimeProvider.GetTimestamp();
        if (_ticket == 0) _ticket = queue.NextTicket();
        var turn = await queue.WaitAsync(_call, _windows, delay, request.Wait - _queueTime, _ticket, cancellationToken);
        _queueTime += shared.TimeProvider.GetElapsedTime(started);
        return turn;
    }

    private bool IsBlocked(out QueueDelay delay)
    {
        var block = _windows.BlockedAt(shared.TimeProvider.GetUtcNow());
        delay = new(block.GetValueOrDefault().Until, block.GetValueOrDefault().ByApp, BehindOthers: false);
        return block is not null;
    }

    private void Release(CallPermits permits)
    {
        permits.Release();
        queue.Returned(endpoint.Key);
    }

    private async ValueTask<(LiveToken Token, Rejection? Rejection)> TokenAsync(CallPermits permits, CancellationToken cancellationToken)
    {
        var started = shared.TimeProvider.GetTimestamp();
        var settled = false;
        try
        {
            var answer = await session.TokenAsync(cancellationToken);
            settled = answer.Rejection is null;
            return answer;
        }
        finally
        {
            _refreshTime += shared.TimeProvider.GetElapsedTime(started);
            if (!settled) Release(permits); // refused, failed, or the caller hung up: X never saw it
        }
    }

    private async ValueTask<Rejection?> ForbiddenAsync(CallPermits permits)
    {
        if (guard is null) return null;
        var allowed = false;
        try
        {
            var rejection = await guard.BeforeSendAsync();
            allowed = rejection is null;
            return rejection;
        }
        finally
        {
            if (!allowed) Release(permits);
        }
    }

    private async Task<UpstreamResult> SendAsync(string accountId, LiveToken token, CallPermits permits, CancellationToken cancellationToken)
    {
        var started = shared.TimeProvider.GetTimestamp();
        var result = UpstreamResult.Failed(UpstreamFault.Cancelled); // stands when the call throws: its permits must not stay out for ever
        try
        {
            return result = await shared.Twitter.SendAsync(
                request.Method, Target(accountId), request.Headers, request.Body, token.Token, shared.Twitter.Timeout - _spent, cancellationToken);
        }
        finally
        {
            var took = shared.TimeProvider.GetElapsedTime(started);
            (_upstreamTime, _spent) = (_upstreamTime + took, _spent + took);
            _outcome = FaultClassifier.Classify(result.Fault, result.Status, took, shared.SlowCallDuration);
            Settle(permits, result);
        }
    }

    private void Settle(CallPermits permits, in UpstreamResult result)
    {
        if (FaultClassifier.MayHaveActed(result.Fault)) Learn(permits, result);
        else permits.Release();
        queue.Returned(endpoint.Key);
    }

    private void Learn(CallPermits permits, in UpstreamResult result)
    {
        var now = shared.TimeProvider.GetUtcNow();
        var headers = RateLimitHeaders.Parse(result.Headers);
        permits.Settle(headers, now);
        if (result.Status is >= 200 and < 300) _windows.App.Uncap();
        else if (result.Status is 402 or 429) Heed(permits, result, headers, now);
    }

    // A 402, and some a 429, speaks of what no window cures: noted, and nothing is held back. Else the endpoint is, until X says.
    private void Heed(CallPermits permits, in UpstreamResult result, in RateLimitHeaders headers, DateTimeOffset now)
    {
        var type = ProblemType.Of(result.Headers, result.Body);
        if (ProblemType.CapOf(result.Status, type) is { } cap) _windows.App.Cap(cap, now);
        else if (RetryAfter.Of(result.Headers, shared.Twitter.Clock.AtX(now)) is { } stated) permits.Account.Exhaust(now + stated, now);
        else if (headers == default || headers.SayExhausted || ProblemType.IsRateLimit(type)) permits.Account.Exhaust(now + UnexplainedHold, now);
    }

    private ForwardResponse Reply(in UpstreamResult result) => result.Fault switch
    {
        UpstreamFault.None when result.Status is < 200 or > 599 => Reject(new(RejectionReason.UpstreamBroken, $"X answered with {result.Status}, which is no status of an answer.")),
        UpstreamFault.None => new() { Status = result.Status, Headers = result.Headers, Body = result.Body, Windows = Windows(), Timings = Timings },
        UpstreamFault.Connect => Reject(new(RejectionReason.UpstreamUnreachable, "X cannot be reached. It has seen nothing of this call.", TimeSpan.FromSeconds(1))),
        UpstreamFault.TooLarge => Reject(new(RejectionReason.UpstreamTooLarge, $"X's answer is larger than the {TwitterClient.MaxBodyBytes / 1024 / 1024} MiB the proxy passes on. Ask for less per page.")),
        _ when !endpoint.IsSafe => Reject(new(RejectionReason.OutcomeUnknown, "X did not finish its answer: it may or may not have acted. Check before sending this again.")),
        UpstreamFault.Timeout => Reject(new(RejectionReason.UpstreamTimeout, "X did not answer in time.", TimeSpan.FromSeconds(1))),
        _ => Reject(new(RejectionReason.UpstreamBroken, "X broke off its answer.", TimeSpan.FromSeconds(1))),
    };

    private ForwardResponse Reject(Rejection rejection) => new() { Rejection = rejection, Windows = Windows(), Timings = Timings };

    internal static Rejection CircuitRejection(CircuitPermit permit)
    {
        var what = permit.Family == CircuitOptions.Overall ? "all endpoints" : permit.Family;
        return permit.RetryAfter is { } retryAfter
            ? new(RejectionReason.CircuitOpen, $"X is failing on {what}; the proxy spares it and you the call.", retryAfter)
            : new(RejectionReason.CircuitOpen, $"The operator has closed off {what}.");
    }

    private List<WindowSnapshot> Windows()
    {
        List<WindowSnapshot> windows = new(3);
        var now = shared.TimeProvider.GetUtcNow();
        _windows.Account.AddSnapshots(windows, now);
        _windows.App.AddSnapshots(windows, now);
        return windows;
    }

    private string Target(string accountId) => request.Target.Replace(ForwardRequest.AccountPlaceholder, accountId, StringComparison.Ordinal);

    private CallTimings Timings => new(_refreshTime, _upstreamTime, _queueTime, _circuitTime);

    /// <summary>One try: refused, or held up, before X was called; or how X's answer ended.</summary>
    private readonly record struct Attempt(
        Rejection? Rejection = null, QueueDelay? Delay = null, UpstreamResult Result = default, LiveToken Token = default, bool IsProbe = false);
}
