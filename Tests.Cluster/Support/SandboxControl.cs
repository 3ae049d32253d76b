using System.Net.Http.Json;
using System.Text.Json;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>The sandbox's control API, as a process of its own is reached.</summary>
internal sealed class SandboxControl(Uri address) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address };

    /// <param name="fault">As /_sandbox/faults takes it.</param>
    /// <returns>Its number.</returns>
    public async Task<int> AddFaultAsync(object fault)
    {
        var response = await _http.PostAsJsonAsync("/_sandbox/faults", fault);
        return (await ReadAsync(response)).GetProperty("id").GetInt32();
    }

    public Task ClearFaultsAsync() => _http.DeleteAsync("/_sandbox/faults");

    /// <summary>X has room for a million calls of every kind, and says so: what is published counts no more.</summary>
    public async Task StateAmpleLimitsAsync()
    {
        await SetLimitsAsync(
            new
            {
                endpoint = "*",
                per_user = 1_000_000,
                per_app_day = 1_000_000,
            }
        );
        await SetLimitsAsync(new { enforced = true });
    }

    /// <summary>X limits nothing, and says little.</summary>
    public async Task LiftLimitsAsync()
    {
        await SetLimitsAsync(new { enforced = false });
        await _http.DeleteAsync("/_sandbox/limits");
    }

    public async Task<int> HitsAsync(int fault)
    {
        var faults = await ReadAsync(await _http.GetAsync("/_sandbox/faults"));
        return faults
            .EnumerateArray()
            .Where(each => each.GetProperty("id").GetInt32() == fault)
            .Select(each => each.GetProperty("hits").GetInt32())
            .FirstOrDefault();
    }

    public Task UntilHitAsync(int fault) =>
        Eventually.TrueAsync("the fault is hit", TimeSpan.FromSeconds(15), async () => await HitsAsync(fault) > 0);

    public Task ExpireTokensAsync(string account) => _http.PostAsync($"/_sandbox/accounts/{account}/expire-tokens", null);

    public async Task<SandboxSeen> SeenAsync()
    {
        var counters = await ReadAsync(await _http.GetAsync("/_sandbox/counters?recent=0"));
        return new(
            counters.GetProperty("total").GetInt64(),
            Tally(counters, "requests"),
            Tally(counters, "refreshes"),
            Tally(counters, "refresh_attempts"),
            counters.GetProperty("replays_of_spent_refresh_tokens").GetInt64(),
            Tally(counters, "posts"),
            counters.GetProperty("concurrent").GetInt32()
        );
    }

    /// <summary>An upload as the sandbox holds it.</summary>
    public async Task<JsonElement> MediaAsync(string id) => await ReadAsync(await _http.GetAsync($"/_sandbox/media/{id}"));

    /// <summary>Publishes one event on a stream.</summary>
    /// <returns>Its number.</returns>
    public async Task<long> PublishAsync(string stream)
    {
        var response = await _http.PostAsJsonAsync($"/_sandbox/streams/{stream}/events", new { count = 1 });
        return (await ReadAsync(response)).GetProperty("last").GetInt64();
    }

    /// <param name="stream">X's name of the stream.</param>
    /// <param name="how">operational, reset or silence.</param>
    public Task DisconnectAsync(string stream, string how) => _http.PostAsJsonAsync($"/_sandbox/streams/{stream}/disconnect", new { how });

    /// <summary>A stream's connections and its newest events.</summary>
    public async Task<JsonElement> StreamAsync(string stream) =>
        await ReadAsync(await _http.GetAsync($"/_sandbox/streams/{stream}?events=10000"));

    /// <summary>What the sandbox has counted of a stream's connections.</summary>
    public async Task<JsonElement> StreamCountersAsync(string stream) =>
        (await ReadAsync(await _http.GetAsync("/_sandbox/counters?recent=0"))).GetProperty("streams").GetProperty(stream);

    public void Dispose() => _http.Dispose();

    private async Task SetLimitsAsync(object limits) => (await _http.PostAsJsonAsync("/_sandbox/limits", limits)).EnsureSuccessStatusCode();

    private static Dictionary<string, long> Tally(JsonElement counters, string name) =>
        counters
            .GetProperty(name)
            .EnumerateObject()
            .ToDictionary(entry => entry.Name, entry => entry.Value.GetInt64(), StringComparer.Ordinal);

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonElement.Parse(text);
    }
}

/// <summary>What the sandbox has counted.</summary>
internal sealed record SandboxSeen(
    long Total,
    IReadOnlyDictionary<string, long> Requests,
    IReadOnlyDictionary<string, long> Refreshes,
    IReadOnlyDictionary<string, long> RefreshAttempts,
    long Replays,
    IReadOnlyDictionary<string, long> Posts,
    int Concurrent
)
{
    public long RefreshesOf(string account) => Refreshes.GetValueOrDefault(account);

    public long RefreshAttemptsOf(string account) => RefreshAttempts.GetValueOrDefault(account);
}
