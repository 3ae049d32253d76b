using System.Text.Json;

namespace OrleansTwitterProxy.Tests.StandIn;

/// <summary>What X would bill for calls to the sandbox.</summary>
public sealed class PriceTests : IAsyncLifetime
{
    private SandboxUnderTest _x = null!;
    private Caller _alice = null!;
    private Caller _bob = null!;

    public async Task InitializeAsync()
    {
        _x = await SandboxUnderTest.StartAsync();
        (_alice, _bob) = (_x.User("alice"), _x.User("bob"));
    }

    public async Task DisposeAsync() => await _x.DisposeAsync();

    [Theory]
    [InlineData("plain", 0.015)]
    [InlineData("see https://example.com/page", 0.2)]
    public async Task A_post_with_a_link_is_dearer(string text, decimal dollars)
    {
        await _alice.PostAsync(text);

        Assert.Equal(dollars, await CostOfAsync("POST /2/tweets"));
    }

    [Fact]
    public async Task A_reply_to_who_has_mentioned_one_is_cheaper()
    {
        var summons = await _bob.PostAsync("what do you say, @alice?");
        await _x.ControlAsync("DELETE", "/counters");

        await _alice.SendAsync("POST", "/2/tweets", new { text = "this", reply = new { in_reply_to_tweet_id = summons } });

        Assert.Equal(0.010m, await CostOfAsync("POST /2/tweets"));
    }

    [Fact]
    public async Task A_read_costs_by_what_it_returns_and_expands()
    {
        await _alice.PostAsync("one");
        await _alice.PostAsync("two");

        await _bob.GetAsync("/2/tweets/search/recent?query=nothing");
        Assert.Equal(0, await CostOfAsync("GET /2/tweets/search/recent"));

        await _bob.GetAsync("/2/tweets/search/recent?query=from:alice&expansions=author_id");
        Assert.Equal(0.020m, await CostOfAsync("GET /2/tweets/search/recent")); // two posts and one user
    }

    [Fact]
    public async Task What_fails_costs_nothing()
    {
        await _alice.AskAsync("POST", "/2/tweets", new { });
        await _bob.AskAsync("GET", "/2/tweets/1");
        _x.Server.Faults.Add(new() { Endpoint = "GET /2/users/me", Status = 503 });
        await _alice.AskAsync("GET", "/2/users/me");

        Assert.Equal(0, (await CostAsync()).GetProperty("total").GetDecimal());
    }

    [Fact]
    public async Task Requests_and_events_have_prices_and_the_total_is_their_sum()
    {
        using var stream = await StreamClient.ConnectAsync(_x.App(), "/2/tweets/search/stream");
        var post = await _alice.PostAsync("told"); // 0.015
        await stream.EventAsync(); // 0.005
        await _x.App().GetAsync("/2/tweets/counts/recent?query=told"); // 0.005
        await _alice.SendAsync("POST", "/2/lists", new { name = "list" }); // 0.010
        await _alice.SendAsync("DELETE", $"/2/tweets/{post}"); // 0.005

        Assert.Equal(0.005m, await CostOfAsync("GET /2/tweets/search/stream"));
        Assert.Equal(0.040m, (await CostAsync()).GetProperty("total").GetDecimal());
        Assert.Equal(0.040m, _x.Server.Costs.Total);
    }

    private async Task<JsonElement> CostAsync() => (await _x.ControlAsync("GET", "/counters")).GetProperty("cost");

    private async Task<decimal> CostOfAsync(string operation) =>
        (await CostAsync()).GetProperty("by_operation").TryGetProperty(operation, out var dollars) ? dollars.GetDecimal() : 0;
}
