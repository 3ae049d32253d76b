using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.SignIn;

public sealed class DoubledVisitsTests
{
    private static readonly SignInCallback Visit = new("code", null) { Visitor = "somebody" };
    private static readonly SignInOutcome Opened = new(null, "https://app.example.com", "handoff", null);

    [Fact]
    public async Task A_visit_that_failed_does_not_stand_for_the_next()
    {
        var visits = new DoubledVisits(new ManualClock());
        await Assert.ThrowsAsync<TimeoutException>(() =>
            visits.RunAsync(Visit, () => Task.FromException<SignInOutcome>(new TimeoutException()))
        );

        Assert.Same(Opened, await visits.RunAsync(Visit, () => Task.FromResult(Opened)));
    }

    [Fact]
    public async Task A_visit_before_which_storage_was_away_is_the_first()
    {
        var visits = new DoubledVisits(new ManualClock());
        await visits.RunAsync(Visit, () => Task.FromResult(new SignInOutcome(SharedRejections.StorageUnavailable(), null, null, null)));

        Assert.Same(Opened, await visits.RunAsync(Visit, () => Task.FromResult(Opened)));
    }
}
