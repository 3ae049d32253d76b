using OrleansTwitterProxy.Api.Forwarding;

namespace OrleansTwitterProxy.Tests.Forwarding;

public sealed class BurstLaneTests
{
    private readonly BurstLane _lane = new();

    [Fact]
    public async Task Calls_of_a_session_beyond_the_first_begin_one_at_a_time_and_others_pass_them_by()
    {
        for (var i = 0; i < BurstLane.AtOnce; i++) Assert.True(_lane.EnterAsync("many").AsTask().IsCompletedSuccessfully);
        var (begun, goOn) = (new TaskCompletionSource(), new ManualResetEventSlim());

        var first = EnterAndBlockAsync();
        await begun.Task;
        var second = _lane.EnterAsync("many").AsTask();

        Assert.False(second.IsCompleted); // the one before is at it
        // Sessions are counted by hash: one other might happen to share the count, three do not.
        Assert.Contains(true, Enumerable.Range(0, 3).Select(i => _lane.EnterAsync($"other {i}").AsTask().IsCompletedSuccessfully));
        goOn.Set();
        await first;
        (await second).Dispose();

        async Task EnterAndBlockAsync()
        {
            using var place = await _lane.EnterAsync("many");
            begun.SetResult();
            goOn.Wait();
        }
    }

    [Fact]
    public async Task A_call_that_has_ended_makes_room()
    {
        List<BurstLane.Place> places = [];
        for (var i = 0; i <= BurstLane.AtOnce; i++) places.Add(await _lane.EnterAsync("many"));
        foreach (var place in places) place.Dispose();
        for (var i = 0; i < BurstLane.AtOnce; i++) Assert.True(_lane.EnterAsync("many").AsTask().IsCompletedSuccessfully);
    }
}
