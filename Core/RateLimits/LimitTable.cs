using System.Collections.Concurrent;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.RateLimits;

/// <summary>All windows of one owner, per endpoint. Thread-safe.</summary>
public sealed class LimitTable
{
    /// <summary>Endpoints remembered before unknown ones go untracked: callers choose those freely, and memory must not follow them.</summary>
    private const int MaxEndpoints = 512;

    private readonly ConcurrentDictionary<string, EndpointWindows> _endpoints = new(StringComparer.Ordinal);
    private readonly WindowKind[] _owned;

    private LimitTable(params WindowKind[] owned) => _owned = owned;

    /// <summary>What an account owns.</summary>
    public static LimitTable ForAccount() => new(WindowKind.FifteenMinutes, WindowKind.AccountDay);

    /// <summary>What X's app owns: every account of the deployment draws on it.</summary>
    public static LimitTable ForApp() => new(WindowKind.AppDay);

    public EndpointWindows For(Endpoint endpoint)
    {
        if (_endpoints.TryGetValue(endpoint.Key, out var windows)) return windows;
        // Past the bound a call goes untracked rather than refused: X itself still enforces. What the catalogue knows is bounded by itself.
        if (endpoint.FirstGuess.Count == 0 && _endpoints.Count >= MaxEndpoints) return new(endpoint, _owned);
        return _endpoints.GetOrAdd(endpoint.Key, static (_, args) => new(args.endpoint, args.owned), (endpoint, owned: _owned));
    }

    public IReadOnlyList<WindowSnapshot> Snapshot(DateTimeOffset now)
    {
        List<WindowSnapshot> snapshots = [];
        foreach (var (_, windows) in _endpoints) windows.AddSnapshots(snapshots, now);
        snapshots.Sort(static (a, b) => (a.EndpointKey, a.Kind).CompareTo((b.EndpointKey, b.Kind)));
        return snapshots;
    }

    /// <summary>What X's headers said last, for other owners of the same windows to <see cref="Learn"/>.</summary>
    public IReadOnlyList<WindowSnapshot> Readings(DateTimeOffset now)
    {
        List<WindowSnapshot> readings = [];
        foreach (var (_, windows) in _endpoints) windows.AddReadings(readings, now);
        return readings;
    }

    /// <summary>Takes over what another owner of the same windows has learned from X's headers.</summary>
    public void Learn(IEnumerable<WindowSnapshot> snapshots, EndpointCatalogue catalogue, DateTimeOffset now)
    {
        foreach (var snapshot in snapshots) For(catalogue.ByKey(snapshot.EndpointKey)).Learn(snapshot, now);
    }

    public void Restore(IEnumerable<WindowSnapshot> snapshots, EndpointCatalogue catalogue)
    {
        foreach (var snapshot in snapshots) For(catalogue.ByKey(snapshot.EndpointKey)).Restore(snapshot);
    }
}
