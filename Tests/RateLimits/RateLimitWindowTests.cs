using OrleansTwitterProxy.Core.RateLimits;

namespace OrleansTwitterProxy.Tests.RateLimits;

public sealed class RateLimitWindowTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly RateLimitWindow _window = new(WindowKind.FifteenMinutes, limit: 2);
    private long _calls;

    [Fact]
    public void A_window_begins_with_its_first_call_and_lasts_its_length()
    {
        Assert.Null(_window.ResetAt);
        Reserve(Start);
        Assert.Equal(Start + TimeSpan.FromMinutes(15), _window.ResetAt);
    }

    [Fact]
    public void Calls_in_flight_count_as_spent()
    {
        Reserve(Start);
        Assert.True(_window.HasRoom(Start));
        Reserve(Start);
        Assert.False(_window.HasRoom(Start));
    }

    [Fact]
    public void A_released_permit_is_there_again()
    {
        Reserve(Start);
        Reserve(Start);
        _window.Release();
        Assert.True(_window.HasRoom(Start));
    }

    [Fact]
    public void Without_headers_a_settled_call_is_counted()
    {
        Call(Start, null);
        Call(Start, null);
        Assert.False(_window.HasRoom(Start));
        Assert.True(_window.HasRoom(Start + TimeSpan.FromMinutes(15)));
    }

    [Fact]
    public void Headers_correct_the_first_guess()
    {
        Call(Start, new(900, 850, Start + TimeSpan.FromMinutes(4)));
        Assert.Equal((900L, 850L, Start + TimeSpan.FromMinutes(4)), State(Start));
    }

    [Fact]
    public void Of_answers_that_arrive_out_of_order_the_lowest_remaining_counts()
    {
        var resetAt = Start + TimeSpan.FromMinutes(15);
        var (first, second, third) = (Reserve(Start), Reserve(Start), Reserve(Start));
        _window.Settle(third, new(100, 97, resetAt), Start);
        _window.Settle(first, new(100, 99, resetAt), Start);
        _window.Settle(second, new(100, 98, resetAt), Start);
        Assert.Equal(97, State(Start).Remaining);
    }

    [Fact]
    public void When_the_reset_has_passed_the_whole_limit_is_there_again()
    {
        Call(Start, new(100, 0, Start + TimeSpan.FromMinutes(5)));
        Assert.False(_window.HasRoom(Start + TimeSpan.FromMinutes(5) - TimeSpan.FromTicks(1)));
        Assert.True(_window.HasRoom(Start + TimeSpan.FromMinutes(5)));
        Assert.Equal((100L, 100L, null), State(Start + TimeSpan.FromMinutes(5)));
    }

    [Fact]
    public void A_call_in_flight_over_the_reset_still_counts()
    {
        Reserve(Start);
        var later = Start + TimeSpan.FromMinutes(16);
        Reserve(later);
        Assert.False(_window.HasRoom(later));
    }

    [Fact]
    public void A_late_answer_of_a_window_that_is_over_changes_nothing()
    {
        var firstReset = Start + TimeSpan.FromMinutes(15);
        Call(Start, new(100, 50, firstReset));
        Reserve(Start);
        var later = firstReset + TimeSpan.FromSeconds(1);
        Call(later, new(100, 99, later + TimeSpan.FromMinutes(15)));
        _window.Settle(call: 2, new(100, 0, firstReset), later);
        Assert.Equal((100L, 99L, later + TimeSpan.FromMinutes(15)), State(later));
    }

    [Fact]
    public void A_reading_of_a_later_window_begins_it_though_the_remaining_grows()
    {
        Call(Start, new(100, 3, Start + TimeSpan.FromMinutes(5)));
        Call(Start + TimeSpan.FromSeconds(1), new(100, 99, Start + TimeSpan.FromMinutes(20)));
        Assert.Equal((100L, 99L, Start + TimeSpan.FromMinutes(20)), State(Start + TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void A_limit_that_X_has_raised_within_the_window_is_taken_over()
    {
        var resetAt = Start + TimeSpan.FromMinutes(15);
        Call(Start, new(100, 0, resetAt));
        Call(Start, new(500, 400, resetAt));
        Assert.Equal((500L, 400L, resetAt), State(Start));
    }

    [Fact]
    public void A_reading_whose_reset_has_passed_frees_the_window_at_once()
    {
        Call(Start, new(100, 0, Start - TimeSpan.FromSeconds(1)));
        Assert.True(_window.HasRoom(Start));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(366)]
    [InlineData(1_000_000)]
    public void A_reset_days_ahead_is_not_believed_and_the_call_is_counted_instead(int days)
    {
        Call(Start, new(100, 0, Start + TimeSpan.FromDays(days)));
        Assert.True(_window.HasRoom(Start));
        Assert.Equal((2L, 1L, Start + TimeSpan.FromMinutes(15)), State(Start));
    }

    [Fact]
    public void A_snapshot_takes_off_what_is_in_flight_and_never_shows_less_than_nothing()
    {
        Reserve(Start);
        Assert.Equal(1, State(Start).Remaining);
        Reserve(Start);
        _window.Learn(new(100, 1, Start + TimeSpan.FromMinutes(15)), Start);
        Assert.Equal(0, State(Start).Remaining);
    }

    [Fact]
    public void A_stored_snapshot_is_taken_over_until_its_reset()
    {
        _window.Restore(new("GET /2/tweets", WindowKind.FifteenMinutes, 7, 0, Start + TimeSpan.FromMinutes(3)));
        Assert.False(_window.HasRoom(Start));
        Assert.Equal((7L, 7L, null), State(Start + TimeSpan.FromMinutes(3)));
    }

    [Fact]
    public void A_stored_snapshot_of_a_window_that_never_began_leaves_the_guess()
    {
        _window.Restore(new("GET /2/tweets", WindowKind.FifteenMinutes, 7, 0, null));
        Assert.Equal((2L, 2L, null), State(Start));
    }

    private void Call(DateTimeOffset now, WindowReading? reading)
    {
        var call = Reserve(now);
        _window.Settle(call, reading, now);
    }

    private long Reserve(DateTimeOffset now)
    {
        _window.Reserve(++_calls, now);
        return _calls;
    }

    private (long Limit, long Remaining, DateTimeOffset? ResetAt) State(DateTimeOffset now)
    {
        var snapshot = _window.Snapshot("GET /2/tweets", now);
        return (snapshot.Limit, snapshot.Remaining, snapshot.ResetAt);
    }
}
