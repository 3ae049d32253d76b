using OrleansTwitterProxy.Api.Forwarding;

namespace OrleansTwitterProxy.Tests.Forwarding;

public sealed class CallPreferencesTests
{
    [Theory]
    [InlineData("wait=10", 10)]
    [InlineData("WAIT=10", 10)]
    [InlineData(" wait = 10 ", 10)]
    [InlineData("wait=\"10\"", 10)]
    [InlineData("wait=10; x=1", 10)]
    [InlineData("respond-async, wait=10", 10)]
    [InlineData("wait=10, wait=20", 10)] // RFC 7240 section 2: the first counts
    [InlineData("foo=\"a, wait=5\", wait=10", 10)]
    [InlineData("wait=0", 0)]
    [InlineData("wait=99999999999999999999", 1_000_000)]
    [InlineData("wait", null)]
    [InlineData("wait=", null)]
    [InlineData("wait=-1", null)]
    [InlineData("wait=1.5", null)]
    [InlineData("wait=soon", null)]
    [InlineData("waiting=10", null)]
    [InlineData("return=minimal", null)]
    [InlineData("foo=\"wait=10", null)] // a quote that never ends
    [InlineData("", null)]
    public void The_wait_that_is_preferred(string prefer, int? seconds) =>
        Assert.Equal(seconds, (int?)CallPreferences.WaitOf(prefer)?.TotalSeconds);

    [Theory]
    [InlineData("u=5", 5)]
    [InlineData("u=0, i", 0)]
    [InlineData("i, u=7", 7)]
    [InlineData("u=2;x, i", 2)]
    [InlineData("u=1, u=6", 6)] // a dictionary of structured fields: the last counts
    [InlineData("u=8", null)]
    [InlineData("u=-1", null)]
    [InlineData("u=10", null)]
    [InlineData("U=1", null)]
    [InlineData("i", null)]
    [InlineData("", null)]
    public void The_urgency_that_is_named(string priority, int? urgency) => Assert.Equal(urgency, CallPreferences.UrgencyOf(priority));

    [Fact]
    public void Lines_of_one_header_count_as_one() =>
        Assert.Equal(10, CallPreferences.WaitOf(new(["respond-async", "wait=10"]))?.TotalSeconds);
}
