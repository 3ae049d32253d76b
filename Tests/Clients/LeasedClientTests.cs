using Microsoft.Extensions.Logging.Abstractions;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Clients;

/// <summary>One front end's part of a client's limits.</summary>
public sealed class LeasedClientTests
{
    private static readonly ClientLimit Limit = new(100, 10, TimeSpan.FromSeconds(1), PermitLimit: null);

    private readonly ManualClock _clock = new();
    private readonly Quota _quota;
    private readonly LeasedClient _client;

    public LeasedClientTests()
    {
        _quota = new(new(_clock));
        _client = new("app", "front end", _quota, _clock, NullLogger.Instance);
    }

    [Fact]
    public async Task Exactly_the_bucket_is_let_through_and_far_fewer_messages_go_out_than_calls_come_in()
    {
        var let = 0;
        for (var i = 0; i < 500; i++)
            let += await TryAsync() ? 1 : 0;

        Assert.Equal(100, let);
        Assert.InRange(_quota.Asked, 1, 20);
    }

    [Fact]
    public async Task A_refused_client_is_not_asked_for_again_until_there_is_something()
    {
        for (var i = 0; i < 101; i++)
            await TryAsync();
        var asked = _quota.Asked;
        for (var i = 0; i < 50; i++)
            Assert.False(await TryAsync());
        Assert.Equal(asked, _quota.Asked);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.True(await TryAsync());
    }

    [Fact]
    public async Task What_was_leased_and_not_used_lapses()
    {
        _quota.Script = _ => new(50, null, 1, null);
        Assert.True(await TryAsync());
        _clock.Advance(ClientQuota.LeaseLifetime);
        _quota.Script = _ => new(0, null, 1, TimeSpan.FromSeconds(3));

        Assert.False(await TryAsync());
    }

    [Fact]
    public async Task While_the_quota_does_not_answer_the_front_end_goes_on_with_its_equal_part()
    {
        _quota.Script = _ => new(1, null, FrontEnds: 4, null);
        Assert.True(await TryAsync());
        _quota.Script = _ => throw new TimeoutException("scripted");
        var let = 0;
        for (var i = 0; i < 200; i++)
            let += await TryAsync() ? 1 : 0;

        Assert.Equal(25, let);
    }

    [Fact]
    public async Task A_quota_that_hangs_holds_a_call_up_for_half_a_second_and_the_next_ones_not_at_all()
    {
        _quota.Hangs = true;
        var first = _client.AcquireAsync(Limit, CancellationToken.None).AsTask();
        while (_clock.PendingTimers == 0)
            await Task.Yield();
        _clock.Advance(TimeSpan.FromMilliseconds(500));

        Assert.Null((await first).Rejection);
        for (var i = 0; i < 20; i++)
            Assert.True(await TryAsync()); // on a clock that stands still
    }

    [Fact]
    public async Task Places_are_given_back()
    {
        var places = new ClientLimit(null, 0, TimeSpan.FromSeconds(1), PermitLimit: 2);
        var (one, two) = (
            await _client.AcquireAsync(places, CancellationToken.None),
            await _client.AcquireAsync(places, CancellationToken.None)
        );
        Assert.NotNull((await _client.AcquireAsync(places, CancellationToken.None)).Rejection);
        one.Dispose();
        two.Dispose();
        Assert.Null((await _client.AcquireAsync(places, CancellationToken.None)).Rejection);
    }

    [Fact]
    public async Task Calls_that_outlast_their_lease_are_told_of_every_second_and_cost_no_tokens()
    {
        var places = Limit with { PermitLimit = 2 };
        var call = await _client.AcquireAsync(places, CancellationToken.None);
        List<ClientDemand> told = [];
        _quota.Script = demand =>
        {
            told.Add(demand);
            return new(0, 2, 1, TimeSpan.FromHours(1));
        };
        for (var second = 1; second <= 3; second++)
        {
            while (_clock.PendingTimers == 0)
                await Task.Yield();
            _clock.Advance(ClientQuota.LeaseLifetime);
            await Eventually.TrueAsync("the quota is told", TimeSpan.FromSeconds(10), () => Task.FromResult(told.Count == second));
        }

        Assert.Equal([(0, 1), (0, 1), (0, 1)], told.Select(demand => (demand.Tokens, demand.UnderWay)));
        call.Dispose();
        while (_clock.PendingTimers == 0)
            await Task.Yield();
        _clock.Advance(ClientQuota.LeaseLifetime);
        _quota.Script = null;
        // A message that asked for nothing refuses nothing.
        Assert.Null((await _client.AcquireAsync(places, CancellationToken.None)).Rejection);
    }

    [Fact]
    public async Task Telling_of_calls_loses_no_tokens_that_were_asked_for_in_advance()
    {
        var both = Limit with { PermitLimit = 50 };
        using var call = await _client.AcquireAsync(both, CancellationToken.None);
        while (_clock.PendingTimers == 0)
            await Task.Yield();
        _clock.Advance(ClientQuota.LeaseLifetime / 2);
        _quota.Script = demand => demand.Tokens == 0 ? new(0, 50, 1, TimeSpan.FromHours(1)) : new(40, 50, 1, null);
        for (var i = 0; i < 2; i++)
            (await _client.AcquireAsync(both, CancellationToken.None)).Dispose(); // the second lease, good until a second from now
        var asked = _quota.Asked;
        _clock.Advance(ClientQuota.LeaseLifetime / 2); // the call's first second is over
        await Eventually.TrueAsync("the quota is told", TimeSpan.FromSeconds(10), () => Task.FromResult(_quota.Asked == asked + 1));

        for (var i = 0; i < 15; i++)
            Assert.Null((await _client.AcquireAsync(both, CancellationToken.None)).Rejection);
    }

    [Fact]
    public async Task When_the_quota_is_back_what_was_refused_without_it_is_forgotten()
    {
        var hourly = new ClientLimit(4, 4, TimeSpan.FromHours(1), PermitLimit: null);
        _quota.Script = _ => throw new TimeoutException("scripted");
        while ((await _client.AcquireAsync(hourly, CancellationToken.None)).Rejection is null) { }
        Assert.InRange(_client.Preview(hourly)!.RetryAfter!.Value, TimeSpan.FromTicks(1), ClientQuota.LeaseLifetime);
        _quota.Script = _ => new(2, null, 1, null);
        _clock.Advance(ClientQuota.LeaseLifetime);

        await Eventually.TrueAsync("it is asked again", TimeSpan.FromSeconds(10), async () =>
            (await _client.AcquireAsync(hourly, CancellationToken.None)).Rejection is null
        );
        Assert.Null(_client.Preview(hourly));
    }

    private async Task<bool> TryAsync()
    {
        using var permit = await _client.AcquireAsync(Limit, CancellationToken.None);
        return permit.Rejection is null;
    }

    private sealed class Quota(ClientQuota real) : IClientQuota
    {
        public int Asked { get; private set; }

        public bool Hangs { get; set; }

        public Func<ClientDemand, ClientLease>? Script { get; set; }

        public Task<ClientLease> LeaseAsync(ClientDemand demand)
        {
            Asked++;
            return Hangs ? new TaskCompletionSource<ClientLease>().Task : Task.FromResult((Script ?? real.Lease)(demand));
        }
    }
}
