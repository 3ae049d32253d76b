using OrleansTwitterProxy.Api.Forwarding;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Forwarding;

public sealed class SessionThrottleTests : IDisposable
{
    // Sessions are counted by a hash that differs from run to run: one that does not share the other's count.
    private static readonly string Other = Enumerable
        .Range(0, 100)
        .Select(i => $"other {i}")
        .First(name => SessionThrottle.IndexOf(name) != SessionThrottle.IndexOf("many"));

    private readonly ManualClock _clock = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly SessionThrottle _lane;

    public SessionThrottleTests() => _lane = new(_clock, _stopping.Token);

    public void Dispose() => _stopping.Dispose();

    [Fact]
    public async Task Calls_beyond_the_first_begin_one_at_a_time_and_others_pass_them_by()
    {
        var places = await FillAsync("many");
        var beyond = Enumerable.Range(0, 5).Select(_ => Enter("many")).ToList();
        for (var i = 0; i < beyond.Count; i++)
        {
            places.Add(await beyond[i].WaitAsync(TimeSpan.FromSeconds(30)));
            await PausesAsync();
            Assert.All(beyond[(i + 1)..], later => Assert.False(later.IsCompleted));
            Assert.True(Enter(Other).IsCompletedSuccessfully);
            _clock.Advance(SessionThrottle.Spacing);
        }

        Assert.Equal(
            Enumerable.Range(0, beyond.Count).Select(i => i * SessionThrottle.Spacing),
            places[^beyond.Count..].Select(place => place.Waited)
        );
        foreach (var place in places)
            place.Dispose();
        Assert.Equal(SessionThrottle.AtOnce, (await FillAsync("many")).Count);
    }

    [Fact]
    public async Task Sessions_in_the_lane_take_turns()
    {
        await FillAsync("many");
        await FillAsync(Other);
        await Enter("many"); // the lane moves, and pauses
        await PausesAsync();
        var (first, second, third, others) = (Enter("many"), Enter("many"), Enter("many"), Enter(Other));

        foreach (var next in new[] { first, others, second, third })
        {
            Assert.False(next.IsCompleted);
            _clock.Advance(SessionThrottle.Spacing);
            await next.WaitAsync(TimeSpan.FromSeconds(30));
            await PausesAsync();
        }
    }

    [Fact]
    public async Task A_caller_that_leaves_gives_its_turn_and_its_place_back()
    {
        var places = await FillAsync("many");
        places.Add(await Enter("many"));
        await PausesAsync();
        using var left = new CancellationTokenSource();
        var gone = _lane.EnterAsync("many", left.Token).AsTask();
        var next = Enter("many");

        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        _clock.Advance(SessionThrottle.Spacing);

        places.Add(await next.WaitAsync(TimeSpan.FromSeconds(30)));
        foreach (var place in places)
            place.Dispose();
        Assert.Equal(SessionThrottle.AtOnce, (await FillAsync("many")).Count);
    }

    [Fact]
    public async Task A_proxy_that_stops_holds_nobody_up()
    {
        await FillAsync("many");
        var beyond = Enumerable.Range(0, 100).Select(_ => Enter("many")).ToList();

        await _stopping.CancelAsync();

        await Task.WhenAll(beyond).WaitAsync(TimeSpan.FromSeconds(30));
    }

    private Task<TimeSpan> PausesAsync() =>
        Eventually.TrueAsync("the lane pauses", TimeSpan.FromSeconds(30), () => Task.FromResult(_clock.PendingTimers == 1));

    private async Task<List<SessionThrottle.Place>> FillAsync(string session)
    {
        List<SessionThrottle.Place> places = [];
        for (var i = 0; i < SessionThrottle.AtOnce; i++)
        {
            var call = Enter(session);
            Assert.True(call.IsCompletedSuccessfully);
            places.Add(await call);
        }

        return places;
    }

    private Task<SessionThrottle.Place> Enter(string session) => _lane.EnterAsync(session, CancellationToken.None).AsTask();
}
