using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Tests.Twitter;

public sealed class RetryAfterTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("30", 30)]
    [InlineData("86400", 86400)]
    [InlineData("Sun, 01 Mar 2026 12:01:00 GMT", 60)]
    [InlineData("0", null)]
    [InlineData("86401", null)]
    [InlineData("-5", null)]
    [InlineData("1.5", null)]
    [InlineData("99999999999", null)]
    [InlineData("Sun, 01 Mar 2026 11:59:00 GMT", null)]
    [InlineData("soon", null)]
    [InlineData("", null)]
    public void Seconds_and_dates_are_read_and_nonsense_is_not_believed(string value, int? seconds)
    {
        var wait = RetryAfter.Of([new("content-type", "text/html"), new("retry-after", value)], Now);
        Assert.Equal(seconds is { } expected ? TimeSpan.FromSeconds(expected) : null, wait);
    }

    [Fact]
    public void Without_the_field_there_is_no_wait() => Assert.Null(RetryAfter.Of([new("Date", "30")], Now));
}
