using System.Globalization;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Tests.Twitter;

public sealed class UpstreamClockTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly UpstreamClock _clock = new();
    private readonly DateTimeOffset _now = Start;

    [Theory]
    [InlineData(300)]
    [InlineData(-300)]
    [InlineData(3)]
    [InlineData(-3599)]
    public void What_X_shows_is_learned_from_its_first_answer(int seconds)
    {
        Observe(seconds);
        Assert.Equal(Start.AddSeconds(seconds), _clock.AtX(Start));
        Assert.Equal(Start, _clock.Ours(Start.AddSeconds(seconds)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    public void Less_than_two_seconds_is_no_difference_for_Date_has_whole_ones(int seconds)
    {
        Observe(seconds);
        Assert.Equal(TimeSpan.Zero, _clock.Offset);
    }

    [Theory]
    [InlineData("Sun, 01 Mar 2026 15:00:00 GMT")]
    [InlineData("Thu, 01 Jan 1970 00:00:00 GMT")]
    [InlineData("yesterday")]
    [InlineData("")]
    [InlineData("1772366400")]
    public void What_is_absurd_or_no_date_is_ignored(string date)
    {
        _clock.Observe(date, Start);
        Assert.Equal(TimeSpan.Zero, _clock.Offset);
    }

    [Fact]
    public void One_wrong_answer_among_right_ones_moves_nothing()
    {
        for (var i = 0; i < 4; i++)
            Observe(60);
        Observe(-1_800);
        Assert.Equal(TimeSpan.FromSeconds(60), _clock.Offset);
    }

    [Fact]
    public void A_clock_that_is_set_is_followed_within_a_few_answers()
    {
        for (var i = 0; i < 20; i++)
            Observe(60);
        for (var i = 0; i < 4; i++)
            Observe(-600);
        Assert.Equal(TimeSpan.FromSeconds(-600), _clock.Offset);
    }

    [Fact]
    public void Once_enough_is_known_one_answer_a_second_is_listened_to()
    {
        for (var i = 0; i < 7; i++)
        {
            Assert.True(_clock.IsListening(_now));
            Observe(0);
        }

        Assert.False(_clock.IsListening(_now));
        Assert.True(_clock.IsListening(_now.AddSeconds(1)));
        Assert.True(_clock.IsListening(_now.AddYears(-1))); // ours was set back
    }

    private void Observe(int ahead) => _clock.Observe(_now.AddSeconds(ahead).ToString("r", CultureInfo.InvariantCulture), _now);
}
