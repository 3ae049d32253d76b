using OrleansTwitterProxy.Core.Streams;

namespace OrleansTwitterProxy.Tests.Streams;

/// <summary>X's rules for connecting again.</summary>
public sealed class StreamDelaysTests
{
    private readonly StreamDelays _delays = new();

    [Fact]
    public void After_a_break_a_quarter_of_a_second_more_each_time_up_to_16_s()
    {
        var delays = Enumerable.Range(0, 70).Select(_ => _delays.AfterBreak().TotalMilliseconds).ToList();

        Assert.Equal([250, 500, 750], delays.Take(3));
        Assert.Equal([15_750, 16_000, 16_000], delays.Skip(62).Take(3));
        _delays.Connected();
        Assert.Equal(16, _delays.AfterBreak().TotalSeconds);
        _delays.Held();
        Assert.Equal(250, _delays.AfterBreak().TotalMilliseconds);
    }

    [Fact]
    public void After_an_error_5_s_doubling_up_to_320()
    {
        Assert.Equal([5, 10, 20, 40, 80, 160, 320, 320], Enumerable.Range(0, 8).Select(_ => _delays.AfterError().TotalSeconds));
        _delays.Connected();
        Assert.Equal(5, _delays.AfterError().TotalSeconds);
    }

    [Fact]
    public void After_429_a_minute_doubling_and_never_before_the_window_opens()
    {
        Assert.Equal([60, 120], Enumerable.Range(0, 2).Select(_ => _delays.AfterLimit(null).TotalSeconds));
        Assert.Equal(800, _delays.AfterLimit(TimeSpan.FromSeconds(800)).TotalSeconds);
    }
}
