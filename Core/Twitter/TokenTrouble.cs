using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Core.Telemetry;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>
/// Logs once a minute what is wrong with X's token endpoint, or with our credentials there: every account meets the same. Thread-safe.
/// </summary>
internal sealed partial class TokenTrouble(TimeProvider timeProvider, ILogger logger)
{
    private readonly ReportThrottle _failures = new(timeProvider);

    /// <summary>Notes a refusal that is not about one account's grant.</summary>
    public void Note(TokenResult.Refused refused)
    {
        if (_failures.Count() is not { } count)
            return;
        if (refused.Refusal is TokenRefusal.Misconfigured)
            LogMisconfigured(count, refused.Description);
        else
            LogFailing(count, refused.Description);
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "X refuses the proxy's credentials, {Count} times since the last line like this: {Description} Compare Twitter:ClientId and Twitter:ClientSecret (for the app's own token, Twitter:ConsumerKey and Twitter:ConsumerSecret) with the app in X's developer portal"
    )]
    private partial void LogMisconfigured(int count, string description);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "X's token endpoint fails, {Count} times since the last line like this: {Description} Calls whose token is due are refused until it answers"
    )]
    private partial void LogFailing(int count, string description);
}
