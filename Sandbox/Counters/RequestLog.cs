namespace OrleansTwitterProxy.Sandbox;

/// <summary>The latest requests in order of arrival, bounded.</summary>
internal sealed class RequestLog
{
    public const int Capacity = 10_000;

    private readonly Lock _gate = new();
    private readonly RecordedRequest?[] _ring = new RecordedRequest?[Capacity];
    private long _count;

    public RecordedRequest Add(DateTimeOffset at, string method, string path, string endpoint, string? account)
    {
        lock (_gate)
        {
            var request = new RecordedRequest(_count + 1, at, method, path, endpoint, account);
            _ring[_count++ % Capacity] = request;
            return request;
        }
    }

    public IReadOnlyList<RecordedRequest> ToList()
    {
        lock (_gate)
        {
            var first = Math.Max(0, _count - Capacity);
            return [.. Enumerable.Range(0, (int)(_count - first)).Select(i => _ring[(first + i) % Capacity]!)];
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            Array.Clear(_ring);
            _count = 0;
        }
    }
}
