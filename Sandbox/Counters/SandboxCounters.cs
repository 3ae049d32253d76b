namespace OrleansTwitterProxy.Sandbox;

/// <summary>Counts the requests that X received, without control requests.</summary>
public sealed class SandboxCounters
{
    private readonly Tally _requests = new();
    private readonly Tally _statuses = new();
    private readonly Tally _refreshes = new();
    private readonly Tally _refreshAttempts = new();
    private readonly Tally _posts = new();
    private readonly Tally _postAttempts = new();
    private readonly RequestLog _log = new();
    private long _total;
    private long _replays;
    private long _overspent;
    private int _concurrent;
    private int _maxConcurrent;

    internal SandboxCounters() { }

    /// <summary>All requests.</summary>
    public long Total => Volatile.Read(ref _total);

    /// <summary>Calls made while one of their rate windows was exhausted; a correct proxy keeps this at 0.</summary>
    public long Overspent => Volatile.Read(ref _overspent);

    /// <summary>Used refresh tokens that were presented again; each one ended its grant.</summary>
    public long ReplaysOfSpentRefreshTokens => Volatile.Read(ref _replays);

    /// <summary>Requests to the token endpoint, with any outcome.</summary>
    public long TokenRequests => Requests("token");

    /// <summary>The highest number of requests in flight at X at one time.</summary>
    public int MaxConcurrent => Volatile.Read(ref _maxConcurrent);

    /// <summary>Requests in flight at X now, including stalled ones.</summary>
    public int Concurrent => Volatile.Read(ref _concurrent);

    /// <summary>The latest requests in order of arrival, 10000 at most.</summary>
    public IReadOnlyList<RecordedRequest> Recent => _log.ToList();

    /// <summary>Requests per endpoint key.</summary>
    public IReadOnlyDictionary<string, long> ByEndpoint => _requests.ToDictionary();

    /// <summary>Responses per endpoint key and status, as <c>"POST /2/tweets 201"</c>; status 0 is a broken connection.</summary>
    public IReadOnlyDictionary<string, long> ByStatus => _statuses.ToDictionary();

    /// <summary>Successful refreshes per account.</summary>
    public IReadOnlyDictionary<string, long> ByRefreshedAccount => _refreshes.ToDictionary();

    /// <summary>Attempted refreshes per account, including faulted and refused ones.</summary>
    public IReadOnlyDictionary<string, long> ByRefreshingAccount => _refreshAttempts.ToDictionary();

    /// <summary>Posts created, by text.</summary>
    public IReadOnlyDictionary<string, long> ByPostText => _posts.ToDictionary();

    /// <summary>Requests to an endpoint, named by key or pattern as in <see cref="Fault.Endpoint"/>.</summary>
    public long Requests(string endpoint)
    {
        var pattern = new EndpointPattern(endpoint);
        return _requests.ToDictionary().Where(entry => pattern.MatchesKey(entry.Key)).Sum(entry => entry.Value);
    }

    /// <summary>Responses of an endpoint, named by its key, with one status.</summary>
    public long Responses(string endpointKey, int status) => _statuses[$"{endpointKey} {status}"];

    /// <summary>Successful refreshes of an account.</summary>
    public long RefreshesOf(string account) => _refreshes[account];

    /// <summary>Attempted refreshes with a current or former token of the account, including faulted and refused ones.</summary>
    public long RefreshAttemptsOf(string account) => _refreshAttempts[account];

    /// <summary>Posts created with exactly this text, including deleted ones.</summary>
    public long PostsOf(string text) => _posts[text];

    /// <summary>Posts with exactly this text that reached X's normal handling, including refused duplicates.</summary>
    public long PostAttemptsOf(string text) => _postAttempts[text];

    /// <summary>Resets all counters; requests in flight stay counted as concurrent.</summary>
    public void Reset()
    {
        foreach (var tally in new[] { _requests, _statuses, _refreshes, _refreshAttempts, _posts, _postAttempts })
            tally.Clear();
        _log.Clear();
        Volatile.Write(ref _total, 0);
        Volatile.Write(ref _replays, 0);
        Volatile.Write(ref _overspent, 0);
        Volatile.Write(ref _maxConcurrent, Concurrent);
    }

    internal RecordedRequest Arrived(DateTimeOffset at, string method, string path, string endpointKey, string? account)
    {
        Interlocked.Increment(ref _total);
        _requests.Add(endpointKey);
        var now = Interlocked.Increment(ref _concurrent);
        for (var max = MaxConcurrent; now > max; max = MaxConcurrent)
            Interlocked.CompareExchange(ref _maxConcurrent, now, max);
        return _log.Add(at, method, path, endpointKey, account);
    }

    internal void Left(RecordedRequest request, int status)
    {
        request.Status = status;
        _statuses.Add($"{request.Endpoint} {status}");
        Interlocked.Decrement(ref _concurrent);
    }

    internal void CountOverspent() => Interlocked.Increment(ref _overspent);

    internal void CountReplay() => Interlocked.Increment(ref _replays);

    internal void CountRefreshAttempt(string account) => _refreshAttempts.Add(account);

    internal void CountRefresh(string account) => _refreshes.Add(account);

    internal void CountPostAttempt(string text) => _postAttempts.Add(text);

    internal void CountPost(string text) => _posts.Add(text);
}
