using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Media;

public sealed class SegmentPaceTests
{
    private readonly ManualClock _clock = new();
    private readonly SegmentPace _pace;

    public SegmentPaceTests() => _pace = new(_clock);

    [Fact]
    public void One_that_comes_alone_does_not_wait()
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.True(_pace.WaitAsync(CancellationToken.None).IsCompletedSuccessfully);
            _clock.Advance(SegmentPace.Spacing);
        }
    }

    [Fact]
    public async Task Those_that_come_together_begin_one_after_the_other()
    {
        var begun = Enumerable.Range(0, 4).Select(_ => _pace.WaitAsync(CancellationToken.None)).ToList();
        for (var i = 0; i < begun.Count; i++)
        {
            await begun[i];
            Assert.All(begun[(i + 1)..], later => Assert.False(later.IsCompleted));
            _clock.Advance(SegmentPace.Spacing);
        }
    }

    [Fact]
    public async Task One_that_is_called_off_holds_nobody_up_for_longer()
    {
        using var calledOff = new CancellationTokenSource();
        Assert.True(_pace.WaitAsync(CancellationToken.None).IsCompleted);
        var second = _pace.WaitAsync(calledOff.Token);
        var third = _pace.WaitAsync(CancellationToken.None);
        await calledOff.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        _clock.Advance(2 * SegmentPace.Spacing);
        await third;
    }
}
