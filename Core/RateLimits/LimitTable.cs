using System.Collections.Concurrent;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.RateLimits;

/// <summary>All windows of one owner, per endpoint. Thread-safe.</summary>
public sealed class LimitTable
{
    /// <summary>
    /// Endpoints remembered before unknown ones go untracked: callers choose those freely, and memory must not follow them.
    /// </summary>
    private const int MaxEndpoints = 512;

    private readonly ConcurrentDictionary<string, EndpointWindows> _endpoints = new(StringComparer.Ordinal);
    private readonly WindowKind[] _owned;
    private readonly Func<Endpoint, IReadOnlyList<PublishedWindow>> _published;
    private readonly UpstreamClock _clock;

    private LimitTable(UpstreamClock? clock, Func<Endpoint, IReadOnlyList<PublishedWindow>> published, params WindowKind[] owned) =>
        (_clock, _published, _owned) = (clock ?? new(), published, owned);

    /// <summary>What an account owns.</summary>
    /// <param name="clock">X's; without one X's is ours.</param>
    public static LimitTable ForAccount(UpstreamClock? clock = null) =>
        new(clock, endpoint => endpoint.FirstGuess, WindowKind.FifteenMinutes, WindowKind.AccountDay, WindowKind.OneSecond);

    /// <summary>What X's app owns: every account of the deployment draws on it.</summary>
    /// <param name="clock">X's; without one X's is ours.</param>
    public static LimitTable ForApp(UpstreamClock? clock = null) => new(clock, endpoint => endpoint.FirstGuess, WindowKind.AppDay);

    /// <summary>What X's app owns as a caller with its own token. Users' calls do not draw on it.</summary>
    /// <param name="clock">X's; without one X's is ours.</param>
    public static LimitTable ForAppOnly(UpstreamClock? clock = null) =>
        new(clock, endpoint => endpoint.AppOnlyWindows, WindowKind.FifteenMinutes, WindowKind.OneSecond);

    public EndpointWindows For(Endpoint endpoint)
    {
        if (_endpoints.TryGetValue(endpoint.Key, out var windows))
            return windows;
        // Past the bound a call goes untracked rather than refused: X itself still enforces. What the catalogue knows is bounded by itself.
        if (endpoint.OperationId is null && _endpoints.Count >= MaxEndpoints)
            return New(endpoint);
        return _endpoints.GetOrAdd(endpoint.Key, static (_, args) => args.Table.New(args.Endpoint), (Table: this, Endpoint: endpoint));
    }

    /// <summary>Whether no endpoint has been used yet.</summary>
    public bool IsEmpty => _endpoints.IsEmpty;

    public bool Knows(string endpointKey) => _endpoints.ContainsKey(endpointKey);

    /// <summary>
    /// Changes when losing the windows would begin to matter: when one has less than a quarter left, or nothing, or began anew so. Zero
    /// while none has.
    /// </summary>
    public int Wear(DateTimeOffset now)
    {
        var wear = 0;
        foreach (var (_, windows) in _endpoints)
            wear = unchecked(wear + windows.Wear(now));
        return wear;
    }

    /// <summary>The windows for callers to see, with where their use leads, by our clock.</summary>
    public WindowForecast[] Forecasts(DateTimeOffset now)
    {
        List<WindowForecast> forecasts = [];
        foreach (var (_, windows) in _endpoints)
            windows.AddForecasts(forecasts, now);
        forecasts.Sort(static (a, b) => (a.EndpointKey, a.Kind).CompareTo((b.EndpointKey, b.Kind)));
        return [.. forecasts];
    }

    /// <summary>The windows to be stored and <see cref="Restore"/>d, by X's clock.</summary>
    public WindowSnapshot[] Snapshot(DateTimeOffset now)
    {
        List<WindowSnapshot> snapshots = [];
        foreach (var (_, windows) in _endpoints)
            windows.AddStored(snapshots, now);
        snapshots.RemoveAll(static window => window.Kind is WindowKind.OneSecond); // over before it could be restored
        snapshots.Sort(static (a, b) => (a.EndpointKey, a.Kind).CompareTo((b.EndpointKey, b.Kind)));
        return [.. snapshots];
    }

    /// <summary>What X's headers said last, by X's clock, for other owners of the same windows to <see cref="Learn"/>.</summary>
    public WindowSnapshot[] Readings(DateTimeOffset now)
    {
        List<WindowSnapshot> readings = [];
        foreach (var (_, windows) in _endpoints)
            windows.AddReadings(readings, now);
        return [.. readings];
    }

    /// <summary>What X says is used up and no reset brings back.</summary>
    public UsageCap[] Caps(DateTimeOffset now) =>
        [
            .. _endpoints
                .Values.Select(windows => windows.CapAt(now))
                .OfType<UsageCap>()
                .OrderBy(cap => cap.EndpointKey, StringComparer.Ordinal),
        ];

    /// <summary>Takes over what another owner of the same windows has learned from X's headers.</summary>
    public void Learn(IEnumerable<WindowSnapshot> snapshots, EndpointCatalogue catalogue, DateTimeOffset now)
    {
        foreach (var snapshot in snapshots)
        {
            if (_owned.Contains(snapshot.Kind))
                For(catalogue.ByKey(snapshot.EndpointKey)).Learn(snapshot, now);
        }
    }

    public void Restore(IEnumerable<WindowSnapshot> snapshots, EndpointCatalogue catalogue)
    {
        foreach (var snapshot in snapshots)
        {
            if (_owned.Contains(snapshot.Kind))
                For(catalogue.ByKey(snapshot.EndpointKey)).Restore(snapshot);
        }
    }

    private EndpointWindows New(Endpoint endpoint) => new(endpoint.Key, _published(endpoint), _owned, _clock);
}
