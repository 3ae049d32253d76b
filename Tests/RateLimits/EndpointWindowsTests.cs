using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Tests.RateLimits;

public sealed class EndpointWindowsTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Quarter = TimeSpan.FromMinutes(15);
    private static readonly WindowKind[] AccountWindows = [WindowKind.FifteenMinutes, WindowKind.AccountDay];

    private readonly EndpointWindows _known = new(
        "POST /2/likes",
        [new(WindowKind.FifteenMinutes, 2), new(WindowKind.AccountDay, 3), new(WindowKind.AppDay, 1)],
        AccountWindows,
        new()
    );

    private readonly EndpointWindows _unknown = new("GET /2/new", [], AccountWindows, new());

    [Fact]
    public void Only_the_owners_windows_are_kept() =>
        Assert.Equal(AccountWindows, Snapshots(_known, Start).Select(snapshot => snapshot.Kind));

    [Fact]
    public void A_permit_is_taken_in_every_window_or_in_none()
    {
        Reserve(_known).Settle(default, Start);
        Reserve(_known).Settle(default, Start);
        Assert.False(_known.TryReserve(Start, out _, out _));
        Assert.Equal([0, 1], Snapshots(_known, Start).Select(snapshot => snapshot.Remaining));
    }

    [Fact]
    public void A_refusal_names_the_latest_reset_among_the_exhausted_windows()
    {
        Reserve(_known).Settle(new(new(100, 0, Start + TimeSpan.FromMinutes(5)), new(500, 0, Start + TimeSpan.FromHours(7)), null), Start);
        Assert.False(_known.TryReserve(Start, out _, out var blockedUntil));
        Assert.Equal(Start + TimeSpan.FromHours(7), blockedUntil);
    }

    [Fact]
    public void A_refusal_leaves_out_the_windows_that_have_room()
    {
        Reserve(_known)
            .Settle(new(new(100, 0, Start + TimeSpan.FromMinutes(5)), new(500, 400, Start + TimeSpan.FromHours(7)), null), Start);
        Assert.False(_known.TryReserve(Start, out _, out var blockedUntil));
        Assert.Equal(Start + TimeSpan.FromMinutes(5), blockedUntil);
    }

    [Fact]
    public void A_release_gives_the_permit_back_in_every_window()
    {
        var before = Snapshots(_known, Start).Select(snapshot => snapshot.Remaining);
        Reserve(_known).Release();
        Assert.Equal(before, Snapshots(_known, Start).Select(snapshot => snapshot.Remaining));
    }

    [Fact]
    public void A_window_that_no_table_lists_is_discovered_from_the_headers()
    {
        Reserve(_unknown).Settle(new(null, new(25, 0, Start + TimeSpan.FromHours(3)), null), Start);
        Assert.False(_unknown.TryReserve(Start, out _, out var blockedUntil));
        Assert.Equal(Start + TimeSpan.FromHours(3), blockedUntil);
    }

    [Fact]
    public void A_window_the_owner_does_not_own_is_not_discovered()
    {
        Reserve(_unknown).Settle(new(null, null, new(25, 0, Start + TimeSpan.FromHours(3))), Start);
        Assert.True(_unknown.TryReserve(Start, out _, out _));
    }

    [Fact]
    public void Calls_in_flight_at_a_discovery_took_no_permit_in_it_and_give_none_back()
    {
        var first = Reserve(_unknown);
        var second = Reserve(_unknown);
        var third = Reserve(_unknown);
        first.Settle(Fifteen(remaining: 1), Start);
        second.Release();
        third.Settle(default, Start);
        Reserve(_unknown);
        Assert.False(_unknown.TryReserve(Start, out _, out _));
    }

    [Fact]
    public void Answers_to_calls_in_flight_at_a_discovery_still_lower_the_remaining()
    {
        var first = Reserve(_unknown);
        var second = Reserve(_unknown);
        first.Settle(Fifteen(remaining: 1), Start);
        second.Settle(Fifteen(remaining: 0), Start);
        Assert.False(_unknown.TryReserve(Start, out _, out _));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_429_that_names_no_reset_holds_the_endpoint_back_for_the_hold_and_no_longer(bool known)
    {
        var windows = known ? _known : _unknown;
        var until = Start + TimeSpan.FromSeconds(60);
        var refused = Reserve(windows);
        refused.Settle(default, Start);
        refused.Exhaust(until, Start);

        Assert.False(windows.TryReserve(Start, out _, out var blockedUntil));
        Assert.Equal(until, blockedUntil);
        Assert.True(windows.TryReserve(until, out var afterwards, out _));
        afterwards.Settle(default, until);
        if (!known)
            Assert.True(windows.TryReserve(until, out _, out _));
    }

    [Fact]
    public void While_an_endpoint_is_held_back_its_first_window_shows_it()
    {
        var refused = Reserve(_known);
        refused.Settle(default, Start);
        refused.Exhaust(Start + TimeSpan.FromSeconds(60), Start);
        var shown = Snapshots(_known, Start)[0];
        Assert.Equal((0L, Start + TimeSpan.FromSeconds(60)), (shown.Remaining, shown.ResetAt));
        Assert.Equal(1, Snapshots(_known, Start + TimeSpan.FromSeconds(60))[0].Remaining);
    }

    [Fact]
    public void A_429_without_headers_does_not_shorten_what_a_window_says()
    {
        var first = Reserve(_known);
        Reserve(_known).Settle(new(new(100, 0, Start + Quarter), null, null), Start);
        first.Settle(default, Start);
        first.Exhaust(Start + TimeSpan.FromSeconds(60), Start);
        Assert.False(_known.TryReserve(Start, out _, out var blockedUntil));
        Assert.Equal(Start + Quarter, blockedUntil);
    }

    [Fact]
    public void A_default_reservation_may_be_settled_and_released_without_effect()
    {
        EndpointWindows.Reservation none = default;
        none.Settle(default, Start);
        none.Release();
        none.Exhaust(Start + Quarter, Start);
    }

    [Fact]
    public void A_restored_window_binds_until_its_reset()
    {
        _unknown.Restore(new("GET /2/new", WindowKind.FifteenMinutes, 10, 0, Start + TimeSpan.FromMinutes(2)));
        Assert.False(_unknown.TryReserve(Start, out _, out _));
        Assert.True(_unknown.TryReserve(Start + TimeSpan.FromMinutes(2), out _, out _));
    }

    [Fact]
    public void Under_many_threads_no_more_permits_are_given_than_there_are()
    {
        var windows = new EndpointWindows("GET /2/tweets", [new(WindowKind.FifteenMinutes, 500)], AccountWindows, new());
        var given = 0;
        Parallel.For(0, 4_000, i =>
        {
            if (!windows.TryReserve(Start, out var reservation, out _))
                return;
            if (i % 3 == 0)
                reservation.Release(); // X never saw it
            else
                Interlocked.Increment(ref given);
            if (i % 3 == 1)
                reservation.Settle(default, Start);
        });
        while (windows.TryReserve(Start, out _, out _))
            given++;
        Assert.Equal(500, given);
    }

    private static RateLimitHeaders Fifteen(long remaining) => new(new(100, remaining, Start + Quarter), null, null);

    private static EndpointWindows.Reservation Reserve(EndpointWindows windows)
    {
        Assert.True(windows.TryReserve(Start, out var reservation, out _));
        return reservation;
    }

    private static List<WindowSnapshot> Snapshots(EndpointWindows windows, DateTimeOffset now)
    {
        List<WindowSnapshot> snapshots = [];
        windows.AddSnapshots(snapshots, now);
        return snapshots;
    }
}
