using OrleansTwitterProxy.Core.Streams;

namespace OrleansTwitterProxy.Api.Streams;

/// <summary>The newest items of a stream at a front end, by numbers of its own. Not thread-safe.</summary>
/// <param name="options">How many are kept.</param>
internal sealed class RelayedItems(StreamOptions options)
{
    private readonly RecentItems<RelayedItem> _items = new(options.BufferEvents, options.BufferBytes, item => item.Size);

    public long First => _items.First;

    public long Next => _items.Next;

    public void Add(RelayedItem item) => _items.Add(item);

    public List<RelayedItem> Read(long from, int count, long bytes) => _items.Read(from, count, bytes);

    /// <summary>Number of the oldest item that came since an instant.</summary>
    /// <param name="instant">The instant.</param>
    /// <param name="isWhole">Whether all that came since then is kept, as far as is known.</param>
    public long Since(DateTimeOffset instant, out bool isWhole)
    {
        var since = _items.Find(item => item.At >= instant);
        isWhole = since > First || Read(since, 1, 0) is [] or [{ Cursor.Sequence: <= 1 }];
        return since;
    }

    /// <summary>Number of the item after a cursor.</summary>
    /// <param name="cursor">The last item that a listener has.</param>
    /// <param name="last">The last item that the front end has read.</param>
    /// <param name="isWhole">Whether nothing between the two is missing.</param>
    public long After(StreamCursor cursor, StreamCursor? last, out bool isWhole)
    {
        var first = _items.Find(item => item.Cursor.Epoch == cursor.Epoch);
        if (first == Next)
        {
            // Nothing has come since, if the present activation has numbered nothing after it.
            isWhole = last == cursor;
            return isWhole ? Next : First;
        }

        isWhole = Read(first, 1, 0)[0].Cursor.Sequence <= cursor.Sequence + 1;
        var after = _items.Find(item => item.Cursor.Epoch == cursor.Epoch && item.Cursor.Sequence > cursor.Sequence);
        if (after < Next)
            return after;
        // It has all of that epoch: what follows is another one's.
        var hasPassed = false;
        return _items.Find(item =>
        {
            var isOfIt = item.Cursor.Epoch == cursor.Epoch;
            hasPassed |= isOfIt;
            return hasPassed && !isOfIt;
        });
    }
}
