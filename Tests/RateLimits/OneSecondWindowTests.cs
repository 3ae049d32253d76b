using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Tests.RateLimits;

/// <summary>X's windows of 1 s, of which its headers say nothing.</summary>
public sealed class OneSecondWindowTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly Endpoint ByCreator = new EndpointCatalogue().Find("GET", "/2/spaces/by/creator_ids");

    private readonly LimitTable _table = LimitTable.ForAccount();

    private EndpointWindows Windows => _table.For(ByCreator);

    [Fact]
    public void A_second_call_in_the_same_second_is_refused_until_the_second_is_over()
    {
        Send(Start, TimeSpan.FromMilliseconds(200));

        Assert.False(Windows.TryReserve(Start + TimeSpan.FromMilliseconds(300), out _, out var until));

        Assert.Equal(Start + TimeSpan.FromMilliseconds(1200), until); // X may have counted it when it answered
        Assert.True(Windows.TryReserve(until, out _, out _));
    }

    [Fact]
    public void A_call_that_takes_longer_counts_until_it_is_answered()
    {
        Assert.True(Windows.TryReserve(Start, out var slow, out _));
        Assert.False(Windows.TryReserve(Start + (3 * Second), out _, out _));

        slow.Settle(default, Start + (4 * Second));

        Assert.Equal(Start + (5 * Second), Windows.BlockedAt(Start + (4 * Second)));
    }

    [Fact]
    public void Headers_of_the_15_minutes_do_not_touch_it()
    {
        Assert.True(Windows.TryReserve(Start, out var reservation, out _));
        reservation.Settle(new(new(300, 250, Start + TimeSpan.FromMinutes(9)), null, null), Start);

        Assert.Equal(
            [(WindowKind.FifteenMinutes, 250, true), (WindowKind.OneSecond, 0, false)],
            Shown(Start).Select(window => (window.Kind, window.Remaining, window.Stated))
        );
    }

    [Fact]
    public void It_is_neither_stored_nor_a_reason_to_store()
    {
        Send(Start, TimeSpan.Zero);

        Assert.Equal([WindowKind.FifteenMinutes], _table.Snapshot(Start).Select(window => window.Kind));
        Assert.Equal(0, _table.Wear(Start));
    }

    [Fact]
    public void Clients_share_the_15_minutes_and_not_the_second()
    {
        Send(Start, TimeSpan.Zero);
        Windows.CountFor("app", Start);

        Assert.False(Windows.IsOverShare("app", 0.5, Start));
    }

    [Fact]
    public void One_that_was_stored_all_the_same_is_over()
    {
        _table.Restore([new(ByCreator.Key, WindowKind.OneSecond, 1, 0, Start)], new EndpointCatalogue());

        Assert.Null(Windows.BlockedAt(Start + Second));
    }

    private void Send(DateTimeOffset at, TimeSpan duration)
    {
        Assert.True(Windows.TryReserve(at, out var reservation, out _));
        reservation.Settle(default, at + duration);
    }

    private List<WindowSnapshot> Shown(DateTimeOffset now)
    {
        List<WindowSnapshot> shown = [];
        Windows.AddSnapshots(shown, now);
        return shown;
    }
}
