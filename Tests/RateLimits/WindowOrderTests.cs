using OrleansTwitterProxy.Core.RateLimits;

namespace OrleansTwitterProxy.Tests.RateLimits;

/// <summary>
/// Answers that overtake each other, contradict each other, or say nothing: an example of each trap the properties found, or were written
/// for.
/// </summary>
public sealed class WindowOrderTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Reset = Start + TimeSpan.FromMinutes(5);
    private readonly RateLimitWindow _window = new(WindowKind.FifteenMinutes, limit: 100);
    private long _calls;

    [Fact]
    public void Calls_away_over_a_reset_that_tell_nothing_do_not_close_the_window_for_good()
    {
        var (first, second) = (Reserve(Start), Reserve(Start));
        Answer(Reserve(Start), 2, 0, Reset, Start);
        Assert.True(_window.HasRoom(Reset.AddMinutes(-5)) is false);
        _window.Snapshot("GET /2/new", Reset); // anybody looks, and the next window is found open
        _window.Settle(first, null, Reset);
        _window.Settle(second, null, Reset);

        Assert.False(_window.HasRoom(Reset));
        Assert.True(_window.HasRoom(Reset + TimeSpan.FromMinutes(15)));
    }

    [Fact]
    public void A_late_answer_of_an_older_window_does_not_take_the_place_of_a_newer_one()
    {
        var (early, late) = (Reserve(Start), Reserve(Start));
        Answer(early, 100, 50, Reset, Start);
        Answer(Reserve(Start), 100, 3, Reset.AddMinutes(15), Start); // X's clock is ahead, and there the next one has begun

        Answer(late, 100, 49, Reset, Start);

        Assert.Equal((2L, Reset.AddMinutes(15)), State(Start)); // counted, in case, and not believed
    }

    [Fact]
    public void A_reset_that_X_moves_to_an_earlier_instant_is_taken_over_from_a_call_that_left_since()
    {
        Answer(Reserve(Start), 100, 0, Reset.AddMinutes(9), Start);
        var asked = Reserve(Start);

        Answer(asked, 100, 40, Reset, Start);

        Assert.Equal((40L, Reset), State(Start));
    }

    [Fact]
    public void A_lowered_limit_is_taken_over_though_calls_always_overlap()
    {
        var before = Reserve(Start);
        Answer(Reserve(Start), 100, 90, Reset, Start);
        var after = Reserve(Start);
        Answer(before, 100, 89, Reset, Start);
        var overlapping = Reserve(Start);

        Answer(after, 50, 38, Reset, Start);
        _window.Settle(overlapping, null, Start);

        Assert.Equal((50L, 37L), (_window.Limit, State(Start).Remaining));
    }

    [Fact]
    public void A_late_answer_with_the_limit_of_before_is_counted_and_not_believed()
    {
        var late = Reserve(Start);
        Answer(Reserve(Start), 100, 90, Reset, Start);
        var raised = Reserve(Start);
        Answer(raised, 500, 3, Reset, Start);

        Answer(late, 100, 95, Reset, Start);

        Assert.Equal((500L, 2L), (_window.Limit, State(Start).Remaining));
    }

    [Fact]
    public void What_X_gives_back_within_a_window_is_there_again()
    {
        Answer(Reserve(Start), 100, 10, Reset, Start);
        Answer(Reserve(Start), 100, 60, Reset, Start);
        Assert.Equal(60, State(Start).Remaining);
    }

    [Fact]
    public void A_remaining_that_grows_in_an_answer_that_was_overtaken_is_not_believed()
    {
        var overtaken = Reserve(Start);
        Answer(Reserve(Start), 100, 10, Reset, Start);
        Answer(overtaken, 100, 60, Reset, Start);
        Assert.Equal(10, State(Start).Remaining);
    }

    [Fact]
    public void Calls_counted_without_headers_are_not_forgotten_for_an_answer_that_they_overtook()
    {
        var overtaken = Reserve(Start);
        for (var i = 0; i < 30; i++)
            _window.Settle(Reserve(Start), null, Start);

        Answer(overtaken, 100, 99, Reset, Start);

        Assert.Equal(70, State(Start).Remaining);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void A_reset_that_X_rounds_otherwise_is_the_same_reset(int seconds)
    {
        var overtaken = Reserve(Start);
        Answer(Reserve(Start), 100, 10, Reset, Start);

        Answer(overtaken, 100, 60, Reset.AddSeconds(seconds), Start);

        Assert.Equal((10L, Reset.AddSeconds(Math.Max(0, seconds))), State(Start));
    }

    [Fact]
    public void A_window_that_X_tells_nothing_of_ends_no_earlier_than_X_may_have_begun_it()
    {
        var (first, second) = (Reserve(Start), Reserve(Start));
        _window.Settle(first, null, Start.AddSeconds(20));
        _window.Settle(second, null, Start.AddSeconds(25));
        Assert.Equal(Start.AddSeconds(20) + TimeSpan.FromMinutes(15), State(Start.AddSeconds(25)).ResetAt);
    }

    [Fact]
    public void An_answer_of_a_window_that_X_says_ended_before_the_call_left_is_counted()
    {
        for (var i = 0; i < 100; i++)
            Answer(Reserve(Start), 100, 99, Start.AddMinutes(-20), Start); // X's clock is far behind, and shows no Date
        Assert.False(_window.HasRoom(Start));
    }

    [Fact]
    public void More_left_than_the_limit_is_garbled()
    {
        Answer(Reserve(Start), 100, 101, Reset, Start);
        Assert.Equal(99, State(Start).Remaining);
    }

    [Fact]
    public void A_clock_set_back_by_a_year_closes_nothing_for_a_year()
    {
        Answer(Reserve(Start), 100, 0, Reset, Start);
        Assert.True(_window.HasRoom(Start.AddYears(-1)));
    }

    [Fact]
    public void A_stored_reset_beyond_belief_closes_nothing_until_then()
    {
        _window.Restore(new("GET /2/new", WindowKind.FifteenMinutes, 10, 0, Start.AddYears(1), Stated: true));
        Assert.True(_window.HasRoom(Start));
    }

    [Fact]
    public void What_another_node_was_told_may_lower_what_is_left_and_begin_a_later_window_and_nothing_else()
    {
        Answer(Reserve(Start), 100, 50, Reset, Start);

        _window.Learn(new(100, 60, Reset), Start);
        Assert.Equal((50L, Reset), State(Start));
        _window.Learn(new(100, 45, Reset), Start);
        Assert.Equal((45L, Reset), State(Start));
        _window.Learn(new(100, 0, Reset.AddMinutes(-4)), Start);
        _window.Learn(new(200, 0, Reset), Start);
        Assert.Equal((45L, Reset), State(Start));
        _window.Learn(new(100, 98, Reset.AddMinutes(15)), Start);
        Assert.Equal((98L, Reset.AddMinutes(15)), State(Start));
    }

    private long Reserve(DateTimeOffset now)
    {
        _window.Reserve(++_calls, now);
        return _calls;
    }

    private void Answer(long call, long limit, long remaining, DateTimeOffset resetAt, DateTimeOffset now) =>
        _window.Settle(call, new(limit, remaining, resetAt), now);

    private (long Remaining, DateTimeOffset? ResetAt) State(DateTimeOffset now)
    {
        var snapshot = _window.Snapshot("GET /2/new", now);
        return (snapshot.Remaining, snapshot.ResetAt);
    }
}
