namespace OrleansTwitterProxy.Tests.StandIn;

/// <summary>Lists of the sandbox are read page by page to the end, and back.</summary>
public sealed class PagingTests : IAsyncLifetime
{
    private const int Items = 5;

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
    [InlineData("/2/users/{alice}/owned_lists")]
    [InlineData("/2/users/{alice}/followed_lists")]
    [InlineData("/2/users/{alice}/bookmarks/folders")]
    [InlineData("/2/dm_events")]
    [InlineData("/2/broadcasts/scheduled")]
    [InlineData("/2/users/{alice}/muting")]
    [InlineData("/2/users/search?query=member")]
    public async Task Pages_lead_to_the_end_without_loss_or_repetition(string template)
    {
        for (var i = 0; i < Items; i++)
            await AddAsync(i);
        var path = template.Replace("{alice}", _alice.Id, StringComparison.Ordinal);
        var size = path.Contains('?', StringComparison.Ordinal) ? "&max_results=2" : "?max_results=2";

        var pages = await _alice.PagesAsync(path + size);

        Assert.Equal([2, 2, 1], pages.Select(page => page.Length));
        Assert.Equal(Items, pages.SelectMany(page => page).Distinct().Count());
        Assert.Equal(pages.SelectMany(page => page), (await _alice.PagesAsync(path + size, "next_token")).SelectMany(page => page));
    }

    [Fact]
    public async Task The_previous_token_leads_back()
    {
        for (var i = 0; i < Items; i++)
            await AddAsync(i);
        var path = $"/2/users/{_alice.Id}/owned_lists?max_results=2";
        var first = await _alice.GetAsync(path);
        Assert.False(first.GetProperty("meta").TryGetProperty("previous_token", out _));
        var second = await _alice.GetAsync($"{path}&pagination_token={first.GetProperty("meta").GetProperty("next_token").GetString()}");

        var back = await _alice.GetAsync($"{path}&pagination_token={second.GetProperty("meta").GetProperty("previous_token").GetString()}");

        Assert.Equal(first.GetProperty("data").ToString(), back.GetProperty("data").ToString());
    }

    [Theory]
    [InlineData("/2/users/{alice}/owned_lists?max_results=0")]
    [InlineData("/2/users/{alice}/owned_lists?max_results=101")]
    [InlineData("/2/dm_events?max_results=101")]
    [InlineData("/2/broadcasts?max_results=101")]
    [InlineData("/2/users/{alice}/muting?max_results=1001")]
    [InlineData("/2/tweets/1/quote_tweets?max_results=9")]
    [InlineData("/2/dm_events?pagination_token=rubbish")]
    public async Task A_page_outside_Xs_bounds_is_refused(string template)
    {
        var answer = await _alice.AskAsync("GET", template.Replace("{alice}", _alice.Id, StringComparison.Ordinal));

        Assert.Equal((400, "invalid-request"), (answer.Status, answer.Problem));
    }

    private async Task AddAsync(int i)
    {
        var list = (await _alice.DataAsync("POST", "/2/lists", new { name = $"list {i}" })).GetProperty("id").GetString();
        await _alice.SendAsync("POST", $"/2/users/{_alice.Id}/followed_lists", new { list_id = list });
        await _alice.SendAsync("POST", $"/2/users/{_alice.Id}/bookmarks/folders", new { name = $"folder {i}" });
        await _bob.SendAsync("POST", $"/2/dm_conversations/with/{_alice.Id}/messages", new { text = $"message {i}" });
        await _alice.SendAsync("POST", "/2/broadcasts/scheduled", new { title = $"broadcast {i}" });
        var member = _x.User($"member{i}").Id;
        await _alice.SendAsync("POST", $"/2/users/{_alice.Id}/muting", new { target_user_id = member });
    }
}
