using System.Globalization;
using System.Net;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Queueing;

/// <summary>A thousand calls that wait for a reset. A full run: WAITING_CALLS=10000, a thousand at each of ten.</summary>
public sealed class ManyWaitersTests(ITestOutputHelper output) : OneAccountTest
{
    private const string User = "GET /2/users/by/username/{username}";
    private const int Limit = 1000;
    private const int Burst = 5;

    private static readonly int Resets =
        int.Parse(Environment.GetEnvironmentVariable("WAITING_CALLS") ?? "1000", CultureInfo.InvariantCulture) / Limit;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    // A window's calls over the five minutes that anybody may wait.
    private static readonly TimeSpan Spacing = TimeSpan.FromMinutes(5) / Limit;

    [Fact]
    public async Task At_every_reset_X_sees_them_evenly_spaced_and_in_order_and_refuses_none()
    {
        X.Limits.Set(User, new() { PerUser = Limit });
        await UseUpAsync();
        var sinceReset = TimeSpan.Zero;
        for (var reset = 1; reset <= Resets; reset++)
        {
            Clock.Advance(Window - sinceReset - TimeSpan.FromSeconds(1));
            var calls = Enumerable
                .Range(0, Limit)
                .Select(i => Alice.WaitAsync($"/2/users/by/username/waiter{i}", seconds: 300, name: $"waiter{i}"))
                .ToList();
            var inLine = Alice.InLineAsync(Limit);
            if (await Task.WhenAny([inLine, .. calls]) is Task<HttpResponseMessage> early)
                Assert.Fail($"Answered instead of waiting: {await (await early).Content.ReadAsStringAsync()}");
            await inLine;
            var promised = (await Alice.LineAsync())
                .GetProperty("own")
                .EnumerateArray()
                .Select(call => call.GetProperty("request_id").GetString()!)
                .ToList();

            sinceReset = await ReleaseAsync(
                promised.Select(name => calls[int.Parse(name["waiter".Length..], CultureInfo.InvariantCulture)])
            );
            AssertSpacedAndInOrder(promised);
        }

        Assert.Equal((0, 0), (X.Counters.Overspent, X.Counters.Responses(User, 429)));
        output.WriteLine(
            $"{X.Counters.Requests(User)} calls, of which {Resets * Limit} waited: {X.Counters.Responses(User, 429)} answered 429 by X, overspent {X.Counters.Overspent}"
        );
    }

    // Calls in flight count as spent, so of many at once the last may be refused here: X must have seen them all.
    private async Task UseUpAsync()
    {
        await Parallel.ForAsync(0, Limit, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (_, stop) =>
            (await Alice.Http.GetAsync(Accounts.AnyCall, stop)).Dispose()
        );
        for (var more = 0; X.Counters.Requests(User) < Limit; more++)
        {
            Assert.True(more < Limit, $"X has seen {X.Counters.Requests(User)} calls, and the proxy lets no more through.");
            (await Alice.Http.GetAsync(Accounts.AnyCall)).Dispose();
        }
    }

    // Each is answered before the clock moves on: its permits have then come back, and the line has seen to the next one's turn.
    /// <returns>How long after the reset the last has gone.</returns>
    private async Task<TimeSpan> ReleaseAsync(IEnumerable<Task<HttpResponseMessage>> inTurn)
    {
        var sinceReset = TimeSpan.Zero;
        Clock.Advance(TimeSpan.FromSeconds(1));
        foreach (var (place, call) in inTurn.Index())
        {
            if (place >= Burst)
            {
                Clock.Advance(Spacing);
                sinceReset += Spacing;
            }

            Assert.Equal(HttpStatusCode.OK, (await call.WaitAsync(TimeSpan.FromSeconds(30))).StatusCode);
        }

        return sinceReset;
    }

    private void AssertSpacedAndInOrder(List<string> promised)
    {
        var requests = X.Counters.Recent.Where(request => request.Endpoint == User).TakeLast(Limit).ToList();
        var reset = requests[0].At;
        Assert.Equal(
            Enumerable.Range(0, Limit).Select(i => i < Burst ? TimeSpan.Zero : (i - Burst + 1) * Spacing),
            requests.Select(request => request.At - reset)
        );
        var order = requests.Select(request => request.Path.Split('/')[^1]).ToList();
        Assert.Equal(promised[..Burst].Order(StringComparer.Ordinal), order[..Burst].Order(StringComparer.Ordinal)); // those go together
        Assert.Equal(promised[Burst..], order[Burst..]);
    }
}
