using OrleansTwitterProxy.Api.Ops;

namespace OrleansTwitterProxy.Tests.Ops;

/// <summary>What the console's charts are drawn from.</summary>
public sealed class CallMinuteTests
{
    [Fact]
    public void Outcomes_are_what_an_operator_tells_apart()
    {
        var minute = new CallMinute(1);
        foreach (var outcome in (string[])["success", "client_error", "rate_limited", "server_error", "refused", "failed"])
            minute.Add(outcome, TimeSpan.FromMilliseconds(10));

        var summary = minute.Summary(default);

        Assert.Equal((6, 2, 2), (summary.Calls, summary.Errors, summary.Refused));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(100, 102)]
    [InlineData(1500, 1625)]
    [InlineData(300_000, 330_281)]
    public void A_duration_is_rounded_up_by_26_percent_at_most(int milliseconds, int shown)
    {
        var minute = new CallMinute(1);
        minute.Add("success", TimeSpan.FromMilliseconds(milliseconds));

        Assert.Equal(shown, minute.Summary(default).P50);
        Assert.True(shown <= Math.Max(1, milliseconds) * 1.26);
    }

    [Fact]
    public void Quantiles_are_of_the_minutes_own_calls()
    {
        var minute = new CallMinute(1);
        Assert.Equal((null, null), (minute.Summary(default).P50, minute.Summary(default).P95));
        for (var i = 0; i < 94; i++)
            minute.Add("success", TimeSpan.FromMilliseconds(8));
        for (var i = 0; i < 6; i++)
            minute.Add("success", TimeSpan.FromMilliseconds(1024));

        Assert.Equal((8, 1024), (minute.Summary(default).P50, minute.Summary(default).P95));
    }
}
