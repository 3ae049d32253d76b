namespace OrleansTwitterProxy.Core.Streams;

/// <summary>The newest items of a sequence, numbered from 1, up to a count and a size. Not thread-safe.</summary>
/// <param name="maxItems">The most items that are kept.</param>
/// <param name="maxBytes">The most bytes that are kept; the newest item is kept whatever its size.</param>
/// <param name="sizeOf">An item's size in bytes.</param>
public sealed class RecentItems<T>(int maxItems, long maxBytes, Func<T, int> sizeOf)
{
    private readonly List<T> _items = [];
    private int _start; // what is before it has been dropped, and is removed in bulk
    private long _bytes;

    /// <summary>Number of the oldest item that is kept; <see cref="Next"/> when there is none.</summary>
    public long First { get; private set; } = 1;

    /// <summary>The number that the next item gets.</summary>
    public long Next => First + _items.Count - _start;

    public void Add(T item)
    {
        _items.Add(item);
        _bytes += sizeOf(item);
        while (_items.Count - _start > maxItems || (_bytes > maxBytes && _items.Count - _start > 1))
        {
            _bytes -= sizeOf(_items[_start]);
            _items[_start++] = default!;
            First++;
        }

        if (_start > _items.Count / 2)
        {
            _items.RemoveRange(0, _start);
            _start = 0;
        }
    }

    /// <summary>Items in order, the first as large as it is, the others as far as they fit.</summary>
    /// <param name="from">Number of the first; items that are not kept any more are left out.</param>
    /// <param name="count">The most items.</param>
    /// <param name="bytes">The most bytes.</param>
    public List<T> Read(long from, int count, long bytes)
    {
        List<T> read = [];
        for (var number = Math.Max(from, First); number < Next && read.Count < count; number++)
        {
            var item = _items[_start + (int)(number - First)];
            bytes -= sizeOf(item);
            if (bytes < 0 && read.Count > 0)
                break;
            read.Add(item);
        }

        return read;
    }

    /// <summary>Number of the oldest kept item that meets a condition, or <see cref="Next"/>.</summary>
    public long Find(Predicate<T> condition) =>
        _items.FindIndex(_start, condition) is var index && index < 0 ? Next : First + index - _start;
}
