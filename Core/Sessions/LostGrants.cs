using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Core.Telemetry;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>Counts the grants that ended though nobody signed out: each is a user who must sign in again. Thread-safe.</summary>
public sealed partial class LostGrants(ProxyMetrics metrics, ILogger<LostGrants> logger)
{
    /// <param name="accountId">X's user id.</param>
    /// <param name="state">Why it ended: anything but active.</param>
    public void Note(string accountId, GrantState state)
    {
        var reason = state switch
        {
            GrantState.Rejected => "rejected",
            GrantState.RefreshInterrupted => "answer_lost",
            GrantState.Expired => "expired",
            GrantState.Restored => "restored",
            _ => throw new ArgumentOutOfRangeException(nameof(state), state, "An active grant is not lost."),
        };
        metrics.GrantLost(reason);
        if (state is GrantState.RefreshInterrupted)
            LogAnswerLost(accountId);
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Account {AccountId}: X spent its refresh token and the answer with the next one was lost; the user must sign in again"
    )]
    private partial void LogAnswerLost(string accountId);
}
