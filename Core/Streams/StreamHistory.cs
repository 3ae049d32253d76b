namespace OrleansTwitterProxy.Core.Streams;

/// <summary>The newest events of a stream, with the gaps between its connections. Not thread-safe.</summary>
/// <param name="options">How many are kept.</param>
internal sealed class StreamHistory(StreamOptions options)
{
    private const int MaxBatch = 500; // items
    private const int MaxBatchBytes = 1024 * 1024;

    private readonly RecentItems<StreamItem> _items = new(options.BufferEvents, options.BufferBytes, item => item.Size);
    private DateTimeOffset? _heardAt;
    private string _lostBecause = "";

    /// <summary>Number of the newest item; 0 before the first.</summary>
    public long Head => _items.Next - 1;

    /// <summary>The items after a number, not all of them if they are many.</summary>
    public StreamItem[] After(long sequence) => [.. _items.Read(sequence + 1, MaxBatch, MaxBatchBytes)];

    /// <summary>X is connected: if it was before, there is a gap.</summary>
    public void Connect(DateTimeOffset now)
    {
        if (_heardAt is { } lost)
            _items.Add(new(_items.Next, now, default, new(lost, now, _lostBecause)));
        _heardAt = now;
    }

    /// <summary>A line, or a keep-alive, which is empty.</summary>
    public void Hear(ReadOnlyMemory<byte> line, DateTimeOffset now)
    {
        _heardAt = now;
        if (!line.IsEmpty)
            _items.Add(new(_items.Next, now, line));
    }

    /// <summary>The connection is lost.</summary>
    /// <param name="reason">Why, as a sentence.</param>
    public void Lose(string reason) => _lostBecause = reason;
}
