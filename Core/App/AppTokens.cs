using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.App;

/// <summary>
/// The X app's own access token: <c>Twitter:BearerToken</c>, or what X issues for the consumer key and secret. It is kept in memory alone,
/// for X issues the same one again. One per process. Thread-safe.
/// </summary>
public sealed partial class AppTokens(
    TokenEndpoint tokenEndpoint,
    IOptions<TwitterOptions> options,
    TimeProvider timeProvider,
    ILogger<AppTokens> logger
) : ICallTokens
{
    /// <summary>A token that X refuses at this age would be refused again.</summary>
    private static readonly TimeSpan MinimumInterval = TimeSpan.FromSeconds(30);

    /// <summary>How long a failure to get a token stands before X is asked again.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly TwitterOptions _options = options.Value;
    private readonly Lock _lock = new();
    private Issued? _issued; // the newest outcome
    private Task<Issued>? _issuing;

    async ValueTask<(LiveToken Token, Rejection? Rejection)> ICallTokens.GetAsync(CancellationToken cancellationToken)
    {
        if (_options.BearerToken.Length > 0)
            return (new(0, new(_options.BearerToken)), null);
        if (_options.ConsumerKey.Length == 0 || _options.ConsumerSecret.Length == 0)
        {
            return (
                default,
                new(
                    RejectionReason.ProxyMisconfigured,
                    "The proxy has no app-only token. The operator must set Twitter:BearerToken, or Twitter:ConsumerKey and Twitter:ConsumerSecret."
                )
            );
        }

        var issued = await CurrentAsync().WaitAsync(cancellationToken);
        return (new(issued.Version, issued.Token), issued.Rejection);
    }

    ValueTask<(bool Replaced, Rejection? Rejection)> ICallTokens.ReplaceAsync(LiveToken refused, CancellationToken cancellationToken)
    {
        if (_options.BearerToken.Length > 0)
            return new((false, Refused("Twitter:BearerToken")));
        lock (_lock)
        {
            if (_issued?.Version != refused.Version)
                return new((true, null)); // newer, or about to be
            if (timeProvider.GetUtcNow() - _issued.At < MinimumInterval)
                return new((false, Refused("the token that it issued for Twitter:ConsumerKey")));
            _issued = null;
            return new((true, null));
        }
    }

    // One request at a time. One that failed is made again by whoever comes a second later.
    private Task<Issued> CurrentAsync()
    {
        lock (_lock)
        {
            if (_issued is not null && (_issued.Rejection is null || timeProvider.GetUtcNow() - _issued.At < Pause))
                return Task.FromResult(_issued);
            return _issuing ??= IssueAsync();
        }
    }

    private async Task<Issued> IssueAsync()
    {
        await Task.Yield(); // the caller holds the lock
        Issued? issued = null;
        try
        {
            return issued = Read(await tokenEndpoint.IssueAppTokenAsync(CancellationToken.None));
        }
        finally
        {
            lock (_lock)
                (_issued, _issuing) = (issued, null);
        }
    }

    private Issued Read(TokenResult result)
    {
        var now = timeProvider.GetUtcNow();
        if (result is TokenResult.Granted { Grant.AccessToken: var token })
            return new(now.UtcTicks, now, token, null);
        var refusal = (TokenResult.Refused)result;
        LogNotIssued(refusal.Description);
        return new(
            0,
            now,
            default,
            refusal.Refusal is TokenRefusal.Misconfigured
                ? new(
                    RejectionReason.ProxyMisconfigured,
                    "X refuses the app's credentials. The operator must correct Twitter:ConsumerKey and Twitter:ConsumerSecret."
                )
                : new(RejectionReason.TokenEndpointUnavailable, $"{refusal.Description} Call again.", refusal.RetryAfter ?? Pause)
        );
    }

    private Rejection Refused(string what)
    {
        LogRefused(what);
        return new(
            RejectionReason.ProxyMisconfigured,
            $"X refuses {what} (401). The operator must correct it; X's developer portal shows the app's tokens."
        );
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "X refuses {What} with 401, so no app-only call succeeds: correct it and restart")]
    private partial void LogRefused(string what);

    [LoggerMessage(Level = LogLevel.Warning, Message = "X has issued no app-only token: {Description}")]
    private partial void LogNotIssued(string description);

    private sealed record Issued(long Version, DateTimeOffset At, AccessToken Token, Rejection? Rejection);
}
