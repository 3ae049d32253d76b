using OrleansTwitterProxy.Core.Media;

namespace OrleansTwitterProxy.Tests.Media;

public sealed class RetryPauseTests
{
    private readonly RetryPause _pause = new();

    [Fact]
    public void Pauses_double_up_to_five_minutes() =>
        Assert.Equal([5, 10, 20, 40, 80, 160, 300, 300], Enumerable.Range(0, 8).Select(_ => _pause.Next(null).TotalSeconds));

    [Fact]
    public void Success_begins_anew()
    {
        _pause.Next(null);
        _pause.Next(null);

        _pause.Reset();

        Assert.Equal(RetryPause.First, _pause.Next(null));
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(900, 900)] // X's window
    public void A_longer_time_that_was_told_is_kept(int told, int seconds)
    {
        Assert.Equal(seconds, _pause.Next(TimeSpan.FromSeconds(told)).TotalSeconds);
        Assert.Equal(10, _pause.Next(null).TotalSeconds);
    }
}
