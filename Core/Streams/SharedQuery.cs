using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Streams;

/// <summary>What the listeners of a stream want together, and what X has accepted of it. Not thread-safe.</summary>
internal sealed class SharedQuery
{
    private StreamQuery? _wanted;
    private StreamQuery? _asked; // of X, last
    private StreamQuery? _served; // accepted by X since somebody listens
    private string? _refused; // by X, though it accepts less

    /// <summary>Adds what a listener wants.</summary>
    /// <param name="query">It.</param>
    /// <param name="isAlone">Whether nobody else listens: then nobody else's wish counts.</param>
    /// <param name="outgrows">Whether that is more than the present connection has.</param>
    /// <returns>Null, or StreamInUse.</returns>
    public Rejection? Add(StreamQuery query, bool isAlone, out bool outgrows)
    {
        outgrows = false;
        var (merged, conflict) = _wanted?.Merge(query) ?? query;
        if (merged is null && !isAlone)
            return conflict;
        merged ??= query;
        var text = merged.ToString();
        if (_wanted is not null && (text == _wanted.ToString() || text == _refused))
            return null;
        outgrows = _wanted is not null;
        _wanted = merged;
        return null;
    }

    /// <summary>The query to send now. What X has sent before is not asked for again.</summary>
    public string Ask()
    {
        _asked = _wanted!;
        return (_served is null ? _asked : _asked.WithoutStart()).ToString();
    }

    /// <summary>X has accepted it.</summary>
    public void Accepted() => _served = _asked;

    /// <summary>X has refused it: goes back to what X has accepted before.</summary>
    /// <returns>Whether there is such a thing.</returns>
    public bool TryFallBack()
    {
        if (_served is null || _asked!.ToString() == _served.ToString())
            return false;
        (_refused, _wanted) = (_asked.ToString(), _served);
        return true;
    }

    /// <summary>The next listener chooses anew.</summary>
    public void Forget() => (_wanted, _served, _refused) = (null, null, null);
}
