namespace OrleansTwitterProxy.Sandbox;

/// <summary>Something with an id.</summary>
internal interface IKeyed
{
    long Key { get; }
}

/// <summary>One kind of relation, such as who likes what, in order of creation.</summary>
internal sealed class Edges<TFrom, TTo>
    where TFrom : class, IKeyed
    where TTo : class, IKeyed
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(long From, long To), Edge> _edges = [];
    private long _sequence;

    /// <returns>False when the edge exists already.</returns>
    public bool Add(TFrom from, TTo to)
    {
        lock (_gate)
            return _edges.TryAdd((from.Key, to.Key), new Edge(from, to, ++_sequence));
    }

    /// <returns>False when there was no such edge.</returns>
    public bool Remove(TFrom from, TTo to)
    {
        lock (_gate)
            return _edges.Remove((from.Key, to.Key));
    }

    /// <summary>Removes every edge to a target that is no more.</summary>
    public void RemoveTo(TTo to)
    {
        lock (_gate)
        {
            foreach (var edge in _edges.Keys.Where(edge => edge.To == to.Key).ToList())
                _edges.Remove(edge);
        }
    }

    public void RemoveFrom(TFrom from)
    {
        lock (_gate)
        {
            foreach (var edge in _edges.Keys.Where(edge => edge.From == from.Key).ToList())
                _edges.Remove(edge);
        }
    }

    public bool Has(TFrom from, TTo to)
    {
        lock (_gate)
            return _edges.ContainsKey((from.Key, to.Key));
    }

    public IReadOnlySet<long> KeysFrom(TFrom from)
    {
        lock (_gate)
            return _edges.Keys.Where(edge => edge.From == from.Key).Select(edge => edge.To).ToHashSet();
    }

    public int CountFrom(TFrom from)
    {
        lock (_gate)
            return _edges.Keys.Count(edge => edge.From == from.Key);
    }

    public int CountTo(TTo to)
    {
        lock (_gate)
            return _edges.Keys.Count(edge => edge.To == to.Key);
    }

    /// <summary>What an item points to, latest first.</summary>
    public Page<TTo> From(TFrom from, PageRequest request, Func<TTo, bool>? filter = null) =>
        Read(request, edge => edge.From == from && filter?.Invoke(edge.To) != false).Select(edge => edge.To);

    /// <summary>What points to an item, latest first.</summary>
    public Page<TFrom> To(TTo to, PageRequest request, Func<TFrom, bool>? filter = null) =>
        Read(request, edge => edge.To == to && filter?.Invoke(edge.From) != false).Select(edge => edge.From);

    private Page<Edge> Read(PageRequest request, Func<Edge, bool> filter)
    {
        lock (_gate)
        {
            var latestFirst = _edges.Values.Where(filter).OrderByDescending(edge => edge.Sequence);
            return Page<Edge>.Take(latestFirst, edge => edge.Sequence, request);
        }
    }

    private sealed record Edge(TFrom From, TTo To, long Sequence);
}
