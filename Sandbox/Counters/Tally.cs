using System.Collections.Concurrent;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Counts by name.</summary>
internal sealed class Tally
{
    private readonly ConcurrentDictionary<string, Count> _counts = new();

    public long this[string name] => _counts.TryGetValue(name, out var found) ? Volatile.Read(ref found.Value) : 0;

    public void Add(string name) => Interlocked.Increment(ref _counts.GetOrAdd(name, static _ => new Count()).Value);

    public void Clear() => _counts.Clear();

    public IReadOnlyDictionary<string, long> ToDictionary() =>
        _counts
            .OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .ToDictionary(entry => entry.Key, entry => Volatile.Read(ref entry.Value.Value));

    private sealed class Count
    {
        public long Value;
    }
}
