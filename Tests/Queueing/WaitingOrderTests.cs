using OrleansTwitterProxy.Core.Queueing;

namespace OrleansTwitterProxy.Tests.Queueing;

public sealed class WaitingOrderTests
{
    private readonly WaitingOrder _order = new();
    private readonly Dictionary<Waiter, string> _names = [];
    private long _tickets;

    [Fact]
    public void Of_one_client_who_came_first_goes_first()
    {
        Add("a1", "a2", "a3");
        Assert.Equal(["a1", "a2", "a3"], TakeAll());
    }

    [Fact]
    public void Clients_take_turns_however_many_calls_each_has()
    {
        Add("a1", "a2", "a3", "a4", "b1", "b2", "c1");
        Assert.Equal(["a1", "b1", "c1", "a2", "b2", "a3", "a4"], TakeAll());
    }

    [Fact]
    public void A_client_that_comes_back_has_its_turn_after_those_that_are_there()
    {
        Add("a1", "b1", "b2");
        Assert.Equal("a1", Take());
        Add("a2");
        Assert.Equal(["b1", "a2", "b2"], TakeAll());
    }

    [Fact]
    public void The_more_urgent_go_first_whosever_they_are()
    {
        Add(3, "a1", "a2");
        Add(5, "b1");
        Add(0, "c1");
        Add(7, "c2");
        Assert.Equal(["c1", "a1", "a2", "b1", "c2"], TakeAll());
    }

    [Fact]
    public void A_call_that_comes_back_with_its_ticket_stands_where_it_stood()
    {
        Add("a1", "a2", "a3");
        var first = _order.Take();
        _order.Add(first);
        Assert.Equal(["a1", "a2", "a3"], TakeAll());
    }

    [Fact]
    public void Who_leaves_is_gone_and_leaves_no_gap()
    {
        var waiters = Add("a1", "a2", "b1");
        Assert.True(_order.Remove(waiters[0]));
        Assert.False(_order.Remove(waiters[0]));
        Assert.Equal(2, _order.Count);
        Assert.Equal(["a2", "b1"], TakeAll());
        Assert.Equal(8, _order.MostUrgent);
    }

    [Fact]
    public void A_place_is_the_number_of_the_turn_it_will_have()
    {
        Add(3, "a1", "a2", "a3", "b1", "c1", "c2");
        Add(1, "b2");
        Add(6, "a4", "d1");
        var places = _order.Places().OrderBy(each => each.Place).ToList();
        Assert.Equal(Enumerable.Range(1, 9), places.Select(each => each.Place));
        Assert.All(places, each => Assert.Equal(each.Place, _order.PlaceOf(each.Waiter)));
        var promised = places.Select(each => _names[each.Waiter]).ToList();
        Assert.Equal(promised, TakeAll());
    }

    [Theory]
    [InlineData("a", 3, 5)] // behind b2, a1, b1 and a2, or the other way round
    [InlineData("b", 3, 5)]
    [InlineData("c", 3, 4)]
    [InlineData("c", 0, 1)]
    [InlineData("c", 7, 5)]
    public void A_newcomer_is_told_the_place_it_would_have(string client, int urgency, int place)
    {
        Add(3, "a1", "a2", "b1");
        Add(1, "b2");
        Assert.Equal(place, _order.PlaceOfNewcomer(client, urgency));
        var newcomer = Add(urgency, client + "9")[0];
        Assert.Equal(place, _order.PlaceOf(newcomer));
    }

    private List<Waiter> Add(params string[] names) => Add(3, names);

    private List<Waiter> Add(int urgency, params string[] names)
    {
        List<Waiter> added = [];
        foreach (var name in names)
        {
            var waiter = new Waiter(new("GET /2/x", name[..1], "session", urgency, name, 0), ++_tickets, DateTimeOffset.MaxValue);
            _names[waiter] = name;
            _order.Add(waiter);
            added.Add(waiter);
        }

        return added;
    }

    private string Take() => _names[_order.Take()];

    private List<string> TakeAll()
    {
        List<string> taken = [];
        while (_order.Count > 0)
            taken.Add(Take());
        return taken;
    }
}
