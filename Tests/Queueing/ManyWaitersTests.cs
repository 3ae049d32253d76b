using System.Net;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Queueing;

/// <summary>A thousand calls that wait for one reset.</summary>
public sealed class ManyWaitersTests : IAsyncLifetime
{
    private const string User = "GET /2/users/by/username/{username}";
    private const int Limit = 1000;
    private const int Burst = 5;

    // A window's calls over the five minutes that anybody may wait.
    private static readonly TimeSpan Spacing = TimeSpan.FromMinutes(5) / Limit;

    private readonly ManualClock _clock = new();
    private ProxyHost _proxy = null!;
    private SignedIn _alice = null!;

    private SandboxServer X => _proxy.Sandbox;

    public async Task InitializeAsync()
    {
        _proxy = await ProxyHost.StartAsync(new() { Clock = _clock });
        _alice = await _proxy.SignInAsync("alice");
    }

    public async Task DisposeAsync() => await _proxy.DisposeAsync();

    [Fact]
    public async Task At_a_reset_X_sees_them_evenly_spaced_and_in_order_and_refuses_none()
    {
        X.Limits.Set(User, new() { PerUser = Limit });
        await Parallel.ForAsync(0, Limit, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (_, stop) => (await _alice.Http.GetAsync(Accounts.AnyCall, stop)).Dispose());
        // Calls in flight count as spent, so of many at once the last may be refused here: X must have seen them all.
        while (X.Counters.Requests(User) < Limit) (await _alice.Http.GetAsync(Accounts.AnyCall)).Dispose();
        _clock.Advance(TimeSpan.FromSeconds(899));
        var calls = Enumerable.Range(0, Limit).Select(i => _alice.WaitAsync($"/2/users/by/username/waiter{i}", seconds: 300, name: $"waiter{i}")).ToList();
        var inLine = _alice.InLineAsync(Limit);
        if (await Task.WhenAny([inLine, .. calls]) is Task<HttpResponseMessage> early) Assert.Fail($"Answered instead of waiting: {await (await early).Content.ReadAsStringAsync()}");
        await inLine;
        var promised = (await _alice.LineAsync()).GetProperty("own").EnumerateArray().Select(call => call.GetProperty("request_id").GetString()!).ToList();
        var seen = X.Faults.Add(new() { Endpoint = User });

        _clock.Advance(TimeSpan.FromSeconds(1));
        await X.Faults.WaitUntilHitAsync(seen, Burst);
        for (var i = Burst + 1; i <= Limit; i++)
        {
            _clock.Advance(Spacing);
            await X.Faults.WaitUntilHitAsync(seen, i);
        }

        foreach (var answer in await Task.WhenAll(calls)) Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal((0, 0), (X.Counters.Overspent, X.Counters.Responses(User, 429)));
        var requests = X.Counters.Recent.Where(request => request.Endpoint == User).TakeLast(Limit).ToList();
        var reset = requests[0].At;
        Assert.Equal(Enumerable.Range(0, Limit).Select(i => i < Burst ? TimeSpan.Zero : (i - Burst + 1) * Spacing), requests.Select(request => request.At - reset));
        var order = requests.Select(request => request.Path.Split('/')[^1]).ToList();
        Assert.Equal(promised[..Burst].Order(StringComparer.Ordinal), order[..Burst].Order(StringComparer.Ordinal)); // those go together
        Assert.Equal(promised[Burst..], order[Burst..]);
    }
}
