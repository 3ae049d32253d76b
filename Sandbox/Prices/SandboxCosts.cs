using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>
/// What X would bill the app, by its price list, in US dollars. It counts high: X bills a resource once a day, here every read counts.
/// </summary>
public sealed class SandboxCosts
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, decimal> _byOperation = new(StringComparer.Ordinal);
    private readonly SortedDictionary<DateOnly, long> _postsRead = [];
    private readonly TimeProvider _clock;

    internal SandboxCosts(TimeProvider clock) => _clock = clock;

    /// <summary>All calls together.</summary>
    public decimal Total
    {
        get
        {
            lock (_gate)
                return _byOperation.Values.Sum();
        }
    }

    /// <summary>By endpoint key, such as <c>POST /2/tweets</c>; operations that have cost nothing are missing.</summary>
    public IReadOnlyDictionary<string, decimal> ByOperation
    {
        get
        {
            lock (_gate)
                return new Dictionary<string, decimal>(_byOperation);
        }
    }

    /// <summary>Posts read by day in UTC, the unit of X's monthly cap.</summary>
    internal IReadOnlyList<(DateOnly Day, long Posts)> PostsRead
    {
        get
        {
            lock (_gate)
                return [.. _postsRead.Select(entry => (entry.Key, entry.Value))];
        }
    }

    /// <summary>Starts again at nothing; the usage that X reports stays.</summary>
    public void Reset()
    {
        lock (_gate)
            _byOperation.Clear();
    }

    /// <summary>Counts a response that X has handled; only successful ones cost anything.</summary>
    internal void Add(ApiEndpoint endpoint, ApiReply reply)
    {
        if (reply.Status is < 200 or > 299 || (reply.Price ?? endpoint.Price) is not { } price)
            return;
        if (PriceList.IsPerResource(price))
            AddResources(endpoint.Key, price, reply.Content as JsonObject);
        else
            Add(endpoint.Key, PriceList.Of(price), 0);
    }

    /// <summary>Counts a stream's event that was sent.</summary>
    internal void AddEvent(string endpointKey, string? price)
    {
        if (price is not null)
            Add(endpointKey, PriceList.Of(price), price == "post" ? 1 : 0);
    }

    // Every resource in data, and every expanded post and user.
    private void AddResources(string endpointKey, string price, JsonObject? body)
    {
        var found = Count(body?["data"]);
        var posts = Count(body?["includes"]?["tweets"]);
        var users = Count(body?["includes"]?["users"]);
        var dollars = (found * PriceList.Of(price)) + (posts * PriceList.Of("post")) + (users * PriceList.Of("user"));
        Add(endpointKey, dollars, posts + (price == "post" ? found : 0));
    }

    private void Add(string endpointKey, decimal dollars, int posts)
    {
        var today = DateOnly.FromDateTime(_clock.GetUtcNow().UtcDateTime);
        lock (_gate)
        {
            if (dollars > 0)
                _byOperation[endpointKey] = _byOperation.GetValueOrDefault(endpointKey) + dollars;
            if (posts > 0)
                _postsRead[today] = _postsRead.GetValueOrDefault(today) + posts;
        }
    }

    private static int Count(JsonNode? node) =>
        node switch
        {
            null => 0,
            JsonArray array => array.Count,
            _ => 1,
        };
}
