using OrleansTwitterProxy.Api.Forwarding;

namespace OrleansTwitterProxy.Tests.Forwarding;

public sealed class BurstLaneTests
{
    private readonly BurstLane _lane = new();

    [Fact]
    public async Task Calls_beyond_the_first_have_their_turn_too_and_one_that_has_ended_makes_room()
    {
        List<BurstLane.Place> places = [];
        for (var i = 0; i < BurstLane.AtOnce; i++)
        {
            var first = _lane.EnterAsync("many").AsTask();
            Assert.True(first.IsCompletedSuccessfully);
            places.Add(await first);
        }

        for (var i = 0; i < 10; i++) places.Add(await _lane.EnterAsync("many").AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
        // Sessions are counted by hash: one other might happen to share the count, three do not.
        Assert.Contains(true, Enumerable.Range(0, 3).Select(i => _lane.EnterAsync($"other {i}").AsTask().IsCompletedSuccessfully));

        foreach (var place in places) place.Dispose();
        for (var i = 0; i < BurstLane.AtOnce; i++) Assert.True(_lane.EnterAsync("many").AsTask().IsCompletedSuccessfully);
    }
}
