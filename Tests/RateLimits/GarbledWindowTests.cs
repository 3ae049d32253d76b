using OrleansTwitterProxy.Core.RateLimits;

namespace OrleansTwitterProxy.Tests.RateLimits;

/// <summary>What X, or something between us and X, may state by mistake must not close an endpoint for good.</summary>
public sealed class GarbledWindowTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_limit_of_zero_holds_until_its_reset_and_is_asked_about_again()
    {
        var window = new RateLimitWindow(WindowKind.AppDay, 10_000);
        window.Reserve(1, Now);
        window.Settle(1, new WindowReading(0, 0, Now.AddSeconds(2)), Now);

        Assert.False(window.HasRoom(Now.AddSeconds(1)));
        Assert.True(window.HasRoom(Now.AddSeconds(2)));
        window.Reserve(2, Now.AddSeconds(2));
        Assert.False(window.HasRoom(Now.AddSeconds(2)));
    }

    [Theory]
    [InlineData(WindowKind.FifteenMinutes, 30, false)]
    [InlineData(WindowKind.FifteenMinutes, 31, true)]
    [InlineData(WindowKind.FifteenMinutes, 47 * 60, true)]
    [InlineData(WindowKind.AccountDay, (24 * 60) + 15, false)]
    [InlineData(WindowKind.AccountDay, (24 * 60) + 16, true)]
    public void A_reset_further_off_than_the_window_is_long_is_not_believed(WindowKind kind, int minutes, bool hasRoom)
    {
        var window = new RateLimitWindow(kind, 100);
        window.Reserve(1, Now);
        window.Settle(1, new WindowReading(100, 0, Now.AddMinutes(minutes)), Now);
        Assert.Equal(hasRoom, window.HasRoom(Now));
    }
}
