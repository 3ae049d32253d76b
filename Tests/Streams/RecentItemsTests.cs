using OrleansTwitterProxy.Core.Streams;

namespace OrleansTwitterProxy.Tests.Streams;

public sealed class RecentItemsTests
{
    [Fact]
    public void Items_are_numbered_from_one_and_read_from_any_that_is_kept()
    {
        var items = With(100, 1000, ["a", "b", "c", "d"]);

        Assert.Equal((1, 5), (items.First, items.Next));
        Assert.Equal(["c", "d"], items.Read(3, 10, 1000));
        Assert.Equal(["b"], items.Read(2, 1, 1000));
        Assert.Empty(items.Read(5, 10, 1000));
    }

    [Fact]
    public void The_oldest_are_dropped_beyond_the_count()
    {
        var items = With(3, 1000, Enumerable.Range(1, 1000).Select(i => $"{i}"));

        Assert.Equal((998, 1001), (items.First, items.Next));
        Assert.Equal(["998", "999", "1000"], items.Read(0, 10, 1000));
    }

    [Fact]
    public void The_oldest_are_dropped_beyond_the_size_but_never_the_newest()
    {
        var items = With(100, 10, ["12345", "67890", "1", "a very long one"]);

        Assert.Equal(["a very long one"], items.Read(0, 10, 1000));
        Assert.Equal(4, items.First);
    }

    [Fact]
    public void A_read_takes_what_fits_and_at_least_one()
    {
        var items = With(100, 1000, ["12345", "678", "90"]);

        Assert.Equal(["12345", "678"], items.Read(1, 10, 9));
        Assert.Equal(["12345"], items.Read(1, 10, 1));
    }

    [Fact]
    public void The_oldest_that_meets_a_condition_is_found()
    {
        var items = With(2, 1000, ["a", "b", "c"]);

        Assert.Equal(2, items.Find(item => item != "c"));
        Assert.Equal(4, items.Find(item => item == "a"));
    }

    private static RecentItems<string> With(int count, long bytes, IEnumerable<string> all)
    {
        var items = new RecentItems<string>(count, bytes, item => item.Length);
        foreach (var item in all)
            items.Add(item);
        return items;
    }
}
