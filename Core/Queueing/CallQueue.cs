using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace OrleansTwitterProxy.Core.Queueing;

/// <summary>
/// The calls of this process that wait for X's limits. Each account has an <see cref="AccountQueue"/>, and each endpoint with waiting calls
/// an <see cref="EndpointQueue"/>. Thread-safe.
/// </summary>
public sealed class CallQueue
{
    private readonly ConcurrentDictionary<string, EndpointQueue> _endpoints = new(StringComparer.Ordinal);
    private readonly Lock _lock = new(); // guards _places and the accounts' places
    private readonly Places _places;
    private int _waiting;
    private long _tickets;
    private volatile bool _isClosed;

    public CallQueue(IOptions<QueueOptions> options, TimeProvider timeProvider)
    {
        (Options, TimeProvider) = (options.Value, timeProvider);
        _places = new(Options.MaxPerNode, Options.MaxBytesPerNode, Options);
    }

    /// <summary>Number of waiting calls.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    internal QueueOptions Options { get; }

    internal TimeProvider TimeProvider { get; }

    internal bool IsClosed => _isClosed;

    /// <summary>The queue of a new account.</summary>
    public AccountQueue ForAccount() => new(this);

    /// <summary>The process is stopping: rejects all waiting calls, and lets no call wait from now on.</summary>
    public void Close()
    {
        _isClosed = true;
        foreach (var (_, endpoint) in _endpoints)
            endpoint.Close();
    }

    internal long NextTicket() => Interlocked.Increment(ref _tickets);

    internal EndpointQueue? Find(string endpointKey) => _endpoints.GetValueOrDefault(endpointKey);

    internal EndpointQueue FindOrAdd(string endpointKey) => _endpoints.GetOrAdd(endpointKey, static (key, self) => new(key, self), this);

    internal IEnumerable<EndpointQueue> Endpoints => _endpoints.Values;

    internal void Forget(EndpointQueue endpoint) => _endpoints.TryRemove(new(endpoint.EndpointKey, endpoint));

    /// <returns>Null when the call has a place; otherwise the reason.</returns>
    internal string? TryTakePlace(Places account, in QueuedCall call)
    {
        lock (_lock)
        {
            if (!account.HasRoomFor(call))
                return $"its line is full: {account.Taken} calls of the account wait";
            if (!_places.HasRoomFor(call))
                return $"the proxy's line is full: {_places.Taken} calls wait";
            if (!_places.HasBytesFor(call))
                return $"the proxy's line is full: waiting calls hold {_places.Bytes / 1024 / 1024} MiB, {_places.BytesOf(call.ClientId) / 1024 / 1024} MiB of them for this client";
            account.Take(call);
            _places.Take(call);
            _waiting++;
            return null;
        }
    }

    internal void GiveBackPlace(Places account, in QueuedCall call)
    {
        lock (_lock)
        {
            account.GiveBack(call);
            _places.GiveBack(call);
            _waiting--;
        }
    }
}
