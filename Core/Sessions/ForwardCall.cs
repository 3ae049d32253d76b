using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>Steps 5 to 10 of one call: circuit, windows, token, send, react, settle.</summary>
/// <param name="request">The call.</param>
/// <param name="endpoint">Where it goes.</param>
/// <param name="shared">What the process's accounts share.</param>
/// <param name="limits">The account's windows.</param>
/// <param name="session">The account's tokens.</param>
/// <param name="beforeSend">Runs each time before X is called, and may forbid it; null to let it be.</param>
internal sealed class ForwardCall(
    ForwardRequest request, Endpoint endpoint, UserSessionFactory shared, LimitTable limits, UserSession session, Func<Task<Rejection?>>? beforeSend)
{
    /// <summary>How long a 429 that names no reset holds an endpoint back, as most clients of X do.</summary>
    private static readonly TimeSpan UnexplainedHold = TimeSpan.FromSeconds(60);

    private readonly EndpointWindows _account = limits.For(endpoint);
    private readonly EndpointWindows _app = shared.AppLimits.For(endpoint);
    private TimeSpan _refreshTime;
    private TimeSpan _upstreamTime;
    private TimeSpan _circuitTime;
    private TimeSpan _spent; // of X's time, by the tries and the waits between them
    private CallOutcome _outcome; // of the try at hand

    public async Task<ForwardResponse> RunAsync(string accountId, CancellationToken cancellationToken)
    {
        shared.Retries.Began();
        UpstreamResult? failed = null; // told to the caller should the repetition not be let through
        for (var (refreshed, repetitions) = (false, 0); ;)
        {
            // 5 to 8, for each try anew: each takes its own permits, and reports its own outcome.
            var attempt = await TryAsync(accountId, cancellationToken);
            if (attempt.Rejection is { } rejection) return failed is { } earlier ? Reply(earlier) : Reject(rejection);
            var result = attempt.Result;
            cancellationToken.ThrowIfCancellationRequested();
            // 9. 401: X did not act. One refresh, one more try.
            if (result.Status == 401 && !refreshed)
            {
                (refreshed, _spent) = (true, TimeSpan.Zero);
                var (replaced, dead) = await session.ReplaceAsync(attempt.Token, cancellationToken);
                if (dead is not null) return Reject(dead);
                if (replaced) continue;
            }

            // A fault that may pass: once more, unless this was the probe that the circuit waits for.
            if (!attempt.IsProbe && shared.Retries.TryPlan(result, endpoint.IsSafe, repetitions, _spent, shared.Twitter.Timeout, out var delay))
            {
                (failed, _spent, repetitions) = (result, _spent + delay, repetitions + 1);
                if (delay > TimeSpan.Zero) await Task.Delay(delay, shared.TimeProvider, cancellationToken);
                continue;
            }

            // 10. Reply.
            return Reply(result);
        }
    }

    private async Task<Attempt> TryAsync(string accountId, CancellationToken cancellationToken)
    {
        // 5. Circuit: the node's own copy answers.
        var started = shared.TimeProvider.GetTimestamp();
        var permit = await shared.Circuit.EnterAsync(endpoint.Family, endpoint.IsSafe, cancellationToken);
        _circuitTime += shared.TimeProvider.GetElapsedTime(started);
        if (!permit.Allowed) return new(CircuitRejection(permit));
        _outcome = CallOutcome.Unknown;
        try
        {
            // 6. Windows: a permit in all that apply, or none.
            if (!TryReserve(out var reservation, out var rejection)) return new(rejection);
            // 7. Token: fresh enough, or the one refresh under way.
            var (token, noToken) = await TokenAsync(reservation, cancellationToken);
            if (noToken is not null) return new(noToken);
            // 8. Send; a write with a key is put down first.
            if (await ForbiddenAsync(reservation) is { } forbidden) return new(forbidden);
            var result = await SendAsync(accountId, token, reservation, cancellationToken);
            return new(null, result, token, permit.Probe is not null);
        }
        finally
        {
            shared.Circuit.Report(permit, _outcome);
        }
    }

    private bool TryReserve(out Permits reservation, out Rejection rejection)
    {
        (reservation, rejection) = (default, null!);
        var now = shared.TimeProvider.GetUtcNow();
        if (!_account.TryReserve(now, out var account, out var blockedUntil))
        {
            rejection = new(RejectionReason.RateLimited, $"X's limit for {endpoint.Key} is used up for this account.", blockedUntil - now);
            return false;
        }

        if (!_app.TryReserve(now, out var app, out blockedUntil))
        {
            account.Release();
            rejection = new(RejectionReason.RateLimited, $"X's daily limit for {endpoint.Key} is used up for all accounts together.", blockedUntil - now);
            return false;
        }

        reservation = new(account, app);
        return true;
    }

    private async ValueTask<(LiveToken Token, Rejection? Rejection)> TokenAsync(Permits reservation, CancellationToken cancellationToken)
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
            if (!settled) reservation.Release(); // refused, failed, or the caller hung up: X never saw it
        }
    }

    private async ValueTask<Rejection?> ForbiddenAsync(Permits reservation)
    {
        if (beforeSend is null) return null;
        var allowed = false;
        try
        {
            var rejection = await beforeSend();
            allowed = rejection is null;
            return rejection;
        }
        finally
        {
            if (!allowed) reservation.Release();
        }
    }

    private async Task<UpstreamResult> SendAsync(string accountId, LiveToken token, Permits reservation, CancellationToken cancellationToken)
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
            Settle(reservation, result);
        }
    }

    private void Settle(Permits reservation, in UpstreamResult result)
    {
        if (!FaultClassifier.MayHaveActed(result.Fault))
        {
            reservation.Release();
            return;
        }

        var now = shared.TimeProvider.GetUtcNow();
        var headers = RateLimitHeaders.Parse(result.Headers);
        reservation.Account.Settle(headers, now);
        reservation.App.Settle(headers, now);
        if (result.Status != 429) return;
        // With a remaining that is not zero a 429 speaks of something else, such as the monthly cap, which no window cures.
        if (RetryAfter.Of(result.Headers, now) is { } stated) reservation.Account.Exhaust(now + stated, now);
        else if (headers == default || headers.SayExhausted) reservation.Account.Exhaust(now + UnexplainedHold, now);
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

    private static Rejection CircuitRejection(CircuitPermit permit)
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
        _account.AddSnapshots(windows, now);
        _app.AddSnapshots(windows, now);
        return windows;
    }

    private string Target(string accountId) => request.Target.Replace(ForwardRequest.AccountPlaceholder, accountId, StringComparison.Ordinal);

    private CallTimings Timings => new(_refreshTime, _upstreamTime, Queue: default, _circuitTime);

    /// <summary>One try: refused before X was called, or how X's answer ended.</summary>
    private readonly record struct Attempt(Rejection? Rejection, UpstreamResult Result = default, LiveToken Token = default, bool IsProbe = false);

    private readonly record struct Permits(EndpointWindows.Reservation Account, EndpointWindows.Reservation App)
    {
        public void Release()
        {
            Account.Release();
            App.Release();
        }
    }
}
