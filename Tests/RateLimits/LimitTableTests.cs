using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Tests.RateLimits;

public sealed class LimitTableTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly EndpointCatalogue Catalogue = new();
    private static readonly RateLimitHeaders Stated = new(
        new(100, 50, Start + TimeSpan.FromMinutes(15)),
        new(500, 250, Start + TimeSpan.FromHours(1)),
        new(900, 450, Start + TimeSpan.FromHours(2))
    );

    [Fact]
    public void An_account_owns_its_windows_and_the_app_owns_the_shared_one()
    {
        Assert.Equal([WindowKind.FifteenMinutes, WindowKind.AccountDay], After(LimitTable.ForAccount()).Select(window => window.Kind));
        Assert.Equal([WindowKind.AppDay], After(LimitTable.ForApp()).Select(window => window.Kind));

        static IReadOnlyList<WindowSnapshot> After(LimitTable table)
        {
            Assert.True(table.For(Catalogue.ByKey("GET /2/new")).TryReserve(Start, out var reservation, out _));
            reservation.Settle(Stated, Start);
            return table.Snapshot(Start);
        }
    }

    [Fact]
    public void One_endpoint_has_one_set_of_windows()
    {
        var table = LimitTable.ForAccount();
        Assert.Same(table.For(Catalogue.Find("GET", "/2/tweets/1")), table.For(Catalogue.Find("GET", "/2/tweets/2")));
        Assert.NotSame(table.For(Catalogue.Find("GET", "/2/tweets/1")), table.For(Catalogue.Find("DELETE", "/2/tweets/1")));
    }

    [Fact]
    public void Paths_that_callers_make_up_do_not_grow_the_table_without_end()
    {
        var table = Flooded();
        Assert.InRange(table.Snapshot(Start).Length, 1, 1_100);
    }

    [Fact]
    public void Paths_that_callers_make_up_do_not_push_out_what_the_catalogue_knows()
    {
        var table = Flooded();
        var post = Catalogue.Find("POST", "/2/tweets");
        Assert.Same(table.For(post), table.For(post));
    }

    [Fact]
    public void What_was_snapshot_is_restored()
    {
        var table = LimitTable.ForAccount();
        foreach (var path in (string[])["/2/tweets/1", "/2/new/1"])
        {
            Assert.True(table.For(Catalogue.Find("GET", path)).TryReserve(Start, out var reservation, out _));
            reservation.Settle(Stated, Start);
        }

        var restored = LimitTable.ForAccount();
        restored.Restore(table.Snapshot(Start), Catalogue);
        Assert.Equal(4, restored.Snapshot(Start).Length);
        Assert.Equal(table.Snapshot(Start), restored.Snapshot(Start));
    }

    [Fact]
    public void Snapshots_are_in_order_of_endpoint_and_window()
    {
        var table = LimitTable.ForAccount();
        foreach (var path in (string[])["/2/users/me", "/2/tweets", "/2/users/1/tweets"])
            table.For(Catalogue.Find("GET", path));
        table.For(Catalogue.Find("POST", "/2/users/1/likes"));
        Assert.Equal(
            [
                "GET /2/tweets 0",
                "GET /2/users/me 0",
                "GET /2/users/{id}/tweets 0",
                "POST /2/users/{id}/likes 0",
                "POST /2/users/{id}/likes 1",
            ],
            table.Snapshot(Start).Select(window => $"{window.EndpointKey} {(int)window.Kind}")
        );
    }

    private static LimitTable Flooded()
    {
        var table = LimitTable.ForAccount();
        for (var i = 0; i < 2_000; i++)
        {
            var word = string.Concat(Enumerable.Range(0, 11).Select(bit => (char)('a' + ((i >> bit) & 1))));
            Assert.True(table.For(Catalogue.Find("GET", $"/2/{word}")).TryReserve(Start, out var reservation, out _));
            reservation.Settle(Stated, Start);
        }

        return table;
    }
}
