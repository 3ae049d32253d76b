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
    IReadOnlyDictionary<string, StreamCounts> Streams,
    CostCounts Cost,
    IReadOnlyList<RecordedRequest> Recent
)
{
    /// <param name="recent">Number of the latest requests to include.</param>
    public static CountersSnapshot Of(SandboxWorld world, int recent) => Of(world, world.Counters, recent);

    private static CountersSnapshot Of(SandboxWorld world, SandboxCounters counters, int recent) =>
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
            world.Streams.All.ToDictionary(
                stream => stream.Route.Name,
                stream => new StreamCounts(stream.Now, stream.Max, stream.Connects, stream.Refused, stream.Sequence)
            ),
            new CostCounts(world.Costs.Total, world.Costs.ByOperation),
            [.. counters.Recent.TakeLast(recent)]
        );
}

/// <summary>One stream's connections since the counters were reset, and the number of its latest event.</summary>
internal sealed record StreamCounts(int Connections, int MaxConnections, long Connects, long Refused, long Published);

/// <summary>US dollars by X's price list.</summary>
internal sealed record CostCounts(decimal Total, IReadOnlyDictionary<string, decimal> ByOperation);
