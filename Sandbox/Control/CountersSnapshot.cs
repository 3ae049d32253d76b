namespace OrleansTwitterProxy.Sandbox;

/// <summary>Body of GET /_sandbox/counters.</summary>
internal sealed record CountersSnapshot(
    long Total,
    IReadOnlyDictionary<string, long> Requests,
    IReadOnlyDictionary<string, long> Responses,
    long TokenRequests,
    IReadOnlyDictionary<string, long> Refreshes,
    IReadOnlyDictionary<string, long> RefreshAttempts,
    long ReplaysOfSpentRefreshTokens,
    IReadOnlyDictionary<string, long> Posts,
    long Overspent,
    int Concurrent,
    int MaxConcurrent,
    IReadOnlyList<RecordedRequest> Recent
)
{
    /// <param name="recent">Number of the latest requests to include.</param>
    public static CountersSnapshot Of(SandboxCounters counters, int recent) =>
        new(
            counters.Total,
            counters.ByEndpoint,
            counters.ByStatus,
            counters.TokenRequests,
            counters.ByRefreshedAccount,
            counters.ByRefreshingAccount,
            counters.ReplaysOfSpentRefreshTokens,
            counters.ByPostText,
            counters.Overspent,
            counters.Concurrent,
            counters.MaxConcurrent,
            [.. counters.Recent.TakeLast(recent)]
        );
}
