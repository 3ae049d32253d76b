using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Clients;

/// <summary>A client's bucket for the whole cluster.</summary>
public sealed class ClientQuotaTests
{
    private static readonly ClientLimit Limit = new(10, 5, TimeSpan.FromSeconds(1), PermitLimit: 8);

    private readonly ManualClock _clock = new();
    private readonly ClientQuota _quota;

    public ClientQuotaTests() => _quota = new(_clock);

    [Fact]
    public void One_front_end_may_have_it_all_and_is_told_when_there_is_more()
    {
        Assert.Equal(new(10, 8, 1, null), Lease("a", 100));
        _clock.Advance(TimeSpan.FromSeconds(0.4));
        Assert.Equal(new(0, 8, 1, TimeSpan.FromSeconds(0.6)), Lease("a", 1));
        _clock.Advance(TimeSpan.FromSeconds(0.6));
        Assert.Equal(5, Lease("a", 100).Tokens);
    }

    [Fact]
    public void Two_front_ends_share_tokens_and_places()
    {
        Assert.Equal(new(1, 8, 1, null), Lease("a", 1));
        Assert.Equal(new(4, 1, 2, null), Lease("b", 100)); // half of nine; and of the places what the first may not have taken
        Assert.Equal(new(2, 4, 2, null), Lease("a", 100)); // half of five
        Assert.Equal(new(1, 1, 2, null), Lease("b", 100)); // the first may begin eight until it has heard
        Assert.Equal(new(1, 4, 2, null), Lease("a", 100));
        Assert.Equal(new(1, 4, 2, null), Lease("b", 100));
        Assert.Equal(0, Lease("b", 100).Tokens); // the last ones went singly
    }

    [Fact]
    public void A_front_end_that_no_longer_asks_no_longer_counts()
    {
        Lease("a", 1);
        Assert.Equal(2, Lease("b", 1).FrontEnds);
        _clock.Advance(TimeSpan.FromSeconds(2) + TimeSpan.FromTicks(1));

        Assert.Equal((1, 8), (Lease("b", 1).FrontEnds, Lease("b", 1).Permits));
    }

    [Fact]
    public void Calls_that_go_on_keep_their_places_from_the_other_front_ends()
    {
        Assert.Equal(8, Lease("a", 1).Permits);
        foreach (var second in Enumerable.Range(1, 5))
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            Lease("a", 0, underWay: 8);
            Assert.Equal(1, Lease("b", 1).Permits); // one in any case
        }

        Lease("a", 0, underWay: 3);
        Assert.Equal(4, Lease("b", 1).Permits);
        Lease("a", 0, underWay: 6);
        Assert.Equal(2, Lease("b", 1, underWay: 4).Permits); // it had begun them when it might
    }

    [Fact]
    public void Over_any_time_no_more_is_given_than_the_bucket_and_what_flows_in()
    {
        var given = 0;
        for (var tick = 0; tick < 100; tick++) // ten seconds
        {
            foreach (var frontEnd in (string[])["a", "b", "c"])
                given += Lease(frontEnd, tick % 7).Tokens;
            _clock.Advance(TimeSpan.FromSeconds(0.1));
        }

        Assert.Equal(10 + (9 * 5), given);
    }

    [Fact]
    public void A_smaller_limit_holds_at_once()
    {
        Lease("a", 0);
        Assert.Equal(3, _quota.Lease(new("a", Limit with { TokenLimit = 3 }, 100)).Tokens);
    }

    [Fact]
    public void Without_a_rate_only_places_are_shared() =>
        Assert.Equal(new(0, 8, 1, null), _quota.Lease(new("a", Limit with { TokenLimit = null, TokensPerPeriod = 0 }, 1)));

    private ClientLease Lease(string frontEnd, int tokens, int underWay = 0) => _quota.Lease(new(frontEnd, Limit, tokens, underWay));
}
