using OrleansTwitterProxy.Core.Forwarding;

namespace OrleansTwitterProxy.Tests.Forwarding;

public sealed class BackoffTests
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(5);

    private readonly Backoff _backoff = new(First, TimeSpan.FromMinutes(5));

    [Fact]
    public void Delays_double_up_to_the_longest() =>
        Assert.Equal([5, 10, 20, 40, 80, 160, 300, 300], Enumerable.Range(0, 8).Select(_ => _backoff.Next().TotalSeconds));

    [Fact]
    public void Success_begins_anew()
    {
        _backoff.Next();
        _backoff.Next();

        _backoff.Reset();

        Assert.Equal(First, _backoff.Next());
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(900, 900)] // X's window
    public void A_longer_time_that_was_asked_for_is_kept(int asked, int seconds)
    {
        Assert.Equal(seconds, _backoff.Next(TimeSpan.FromSeconds(asked)).TotalSeconds);
        Assert.Equal(10, _backoff.Next().TotalSeconds);
    }
}
