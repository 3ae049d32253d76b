using System.Text;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Streams;

/// <summary>Connects to one of X's streams, by the steps of every call: circuit, windows, token, send. One attempt at a time.</summary>
/// <param name="endpoint">The stream.</param>
/// <param name="circuit">X's health.</param>
/// <param name="windows">The app's own windows on the stream.</param>
/// <param name="tokens">The app's tokens.</param>
/// <param name="twitter">Sends.</param>
/// <param name="timeProvider">Our clock.</param>
internal sealed class StreamConnector(
    Endpoint endpoint,
    ICircuit circuit,
    CallWindows windows,
    ICallTokens tokens,
    TwitterClient twitter,
    TimeProvider timeProvider
)
{
    // A stream is open for as long as it lives: none is slow.
    private static readonly TimeSpan NeverSlow = TimeSpan.MaxValue;

    /// <param name="target">Path and query.</param>
    /// <param name="delays">What is waited before the next attempt, should this one fail.</param>
    /// <param name="cancellationToken">Nobody listens any more.</param>
    public async Task<StreamAttempt> ConnectAsync(string target, StreamDelays delays, CancellationToken cancellationToken)
    {
        var attempt = await SendAsync(target, delays, cancellationToken);
        // X did not act on a 401: one other token, one more attempt.
        if (attempt.Refused is { } token)
        {
            var (replaced, dead) = await tokens.ReplaceAsync(token, cancellationToken);
            if (dead is not null)
                return new(ForwardResponse.Rejected(dead));
            if (replaced)
                return (await SendAsync(target, delays, cancellationToken)) with { Refused = null };
        }

        return attempt;
    }

    private async Task<StreamAttempt> SendAsync(string target, StreamDelays delays, CancellationToken cancellationToken)
    {
        var permit = await circuit.EnterAsync(endpoint.Family, endpoint.IsSafe, cancellationToken);
        if (!permit.Allowed)
        {
            return new(
                ForwardResponse.Rejected(SharedRejections.CircuitOpen(permit.Family, permit.RetryAfter)),
                permit.RetryAfter ?? delays.AfterError()
            );
        }

        var outcome = CallOutcome.Unknown;
        try
        {
            var now = timeProvider.GetUtcNow();
            if (!windows.TryReserve(now, out var permits, out var block))
                return LimitReached(block.Until - now);
            var (token, noToken) = await GetTokenAsync(permits, cancellationToken);
            if (noToken is not null)
            {
                var passes = noToken.Reason is RejectionReason.TokenEndpointUnavailable;
                return new(ForwardResponse.Rejected(noToken), passes ? delays.AfterError() : null);
            }

            var opened = await twitter.OpenAsync(endpoint, target, token.Token, cancellationToken);
            var result = opened.Result;
            now = timeProvider.GetUtcNow();
            if (result.Status == 429 && IsAboutConnections(result))
                permits.Settle(RateLimitHeaders.Parse(result.Headers), now);
            else
                WindowSettlement.Settle(permits, windows, result, twitter.Clock, now);
            outcome = FaultClassifier.Classify(result.Fault, result.Status, TimeSpan.Zero, NeverSlow);
            if (opened.Body is not null)
                return new(Opened: opened);
            opened.Dispose();
            return Failed(result, delays, now) with { Refused = result.Status == 401 ? token : null };
        }
        finally
        {
            circuit.Report(permit, outcome);
        }
    }

    private async ValueTask<(Sessions.LiveToken Token, Rejection? Rejection)> GetTokenAsync(
        CallPermits permits,
        CancellationToken cancellationToken
    )
    {
        var succeeded = false;
        try
        {
            var result = await tokens.GetAsync(cancellationToken);
            succeeded = result.Rejection is null;
            return result;
        }
        finally
        {
            if (!succeeded)
                permits.Release();
        }
    }

    private StreamAttempt Failed(in UpstreamResult result, StreamDelays delays, DateTimeOffset now)
    {
        var failure = UpstreamRejection.Of(result, isSafe: true) is { } rejection
            ? ForwardResponse.Rejected(rejection)
            : new ForwardResponse
            {
                Status = result.Status,
                Headers = result.Headers,
                Body = result.Body,
            };
        return (result.Fault, result.Status) switch
        {
            (not UpstreamFault.None, _) => new(failure, delays.AfterBreak()),
            // Another connection of the app's is open, perhaps this one before it broke: no window cures that.
            (_, 429) when IsAboutConnections(result) => new(failure, delays.AfterError()),
            (_, 429) => new(failure, delays.AfterLimit(windows.BlockedAt(now)?.Until - now)),
            (_, 408 or >= 500) => new(failure, delays.AfterError()),
            _ => new(failure),
        };
    }

    private StreamAttempt LimitReached(TimeSpan left) =>
        new(
            ForwardResponse.Rejected(
                new(
                    RejectionReason.RateLimited,
                    $"X's limit for connecting to {endpoint.Key} is used up for the app. The proxy connects when it starts anew.",
                    left
                )
            ),
            left
        );

    private static bool IsAboutConnections(in UpstreamResult result) =>
        TwitterProblem.Of(result.Headers, result.Body).Type is "streaming-connection"
        || Encoding.UTF8.GetString(result.Body.Span).Contains("TooManyConnections", StringComparison.Ordinal);
}

/// <summary>How an attempt to connect ended.</summary>
/// <param name="Failure">What to tell listeners; null when the stream is open.</param>
/// <param name="Delay">How long to wait before the next attempt; null when another would fail as well.</param>
/// <param name="Opened">The open stream.</param>
/// <param name="Refused">The token that X refused with 401.</param>
internal readonly record struct StreamAttempt(
    ForwardResponse? Failure = null,
    TimeSpan? Delay = null,
    OpenedStream? Opened = null,
    Sessions.LiveToken? Refused = null
);
