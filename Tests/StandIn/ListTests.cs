namespace OrleansTwitterProxy.Tests.StandIn;

/// <summary>Lists in the sandbox.</summary>
public sealed class ListTests : IAsyncLifetime
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

    [Fact]
    public async Task A_list_is_created_changed_and_deleted()
    {
        var id = await CreateAsync(new { name = "friends", description = "who I know" });
        var fields = $"/2/lists/{id}?list.fields=description,member_count,owner_id,private&expansions=owner_id";
        var created = await _bob.GetAsync(fields);
        Assert.Equal("who I know", created.GetProperty("data").GetProperty("description").GetString());
        Assert.Equal("alice", created.GetProperty("includes").GetProperty("users")[0].GetProperty("username").GetString());

        await _alice.SendAsync("PUT", $"/2/lists/{id}", new { name = "family" });
        Assert.Equal("family", (await _alice.DataAsync("GET", fields)).GetProperty("name").GetString());

        Assert.True((await _alice.DataAsync("DELETE", $"/2/lists/{id}")).GetProperty("deleted").GetBoolean());
        Assert.Equal("list", (await _alice.GetAsync(fields)).GetProperty("errors")[0].GetProperty("resource_type").GetString());
    }

    [Fact]
    public async Task A_private_list_exists_for_its_owner_only()
    {
        var id = await CreateAsync(new Dictionary<string, object> { ["name"] = "secret", ["private"] = true });

        Assert.True((await _alice.GetAsync($"/2/lists/{id}")).TryGetProperty("data", out _));
        Assert.False((await _bob.GetAsync($"/2/lists/{id}")).TryGetProperty("data", out _));
        Assert.False((await _x.App().GetAsync($"/2/lists/{id}")).TryGetProperty("data", out _));
        Assert.Empty(await _bob.ListAsync($"/2/users/{_alice.Id}/owned_lists"));
        Assert.Equal([id], await _alice.ListAsync($"/2/users/{_alice.Id}/owned_lists"));
    }

    [Fact]
    public async Task Members_are_seen_from_both_sides_and_their_posts_make_the_lists_timeline()
    {
        var id = await CreateAsync(new { name = "bobs" });
        var post = await _bob.PostAsync("from a member");
        await _alice.PostAsync("from none");

        await _alice.SendAsync("POST", $"/2/lists/{id}/members", new { user_id = _bob.Id });

        Assert.Equal([_bob.Id], await _alice.ListAsync($"/2/lists/{id}/members"));
        Assert.Equal([id], await _bob.ListAsync($"/2/users/{_bob.Id}/list_memberships"));
        Assert.Equal([post], await _bob.ListAsync($"/2/lists/{id}/tweets"));

        await _alice.SendAsync("DELETE", $"/2/lists/{id}/members/{_bob.Id}");
        Assert.Empty(await _alice.ListAsync($"/2/lists/{id}/members"));
    }

    [Fact]
    public async Task A_list_can_be_followed_and_pinned_until_it_is_deleted()
    {
        var id = await CreateAsync(new { name = "news" });
        await _bob.SendAsync("POST", $"/2/users/{_bob.Id}/followed_lists", new { list_id = id });
        await _bob.SendAsync("POST", $"/2/users/{_bob.Id}/pinned_lists", new { list_id = id });

        Assert.Equal([_bob.Id], await _alice.ListAsync($"/2/lists/{id}/followers"));
        Assert.Equal([id], await _bob.ListAsync($"/2/users/{_bob.Id}/followed_lists"));
        Assert.Equal([id], await _bob.ListAsync($"/2/users/{_bob.Id}/pinned_lists"));

        await _bob.SendAsync("DELETE", $"/2/users/{_bob.Id}/pinned_lists/{id}");
        Assert.Empty(await _bob.ListAsync($"/2/users/{_bob.Id}/pinned_lists"));
        await _alice.SendAsync("DELETE", $"/2/lists/{id}");
        Assert.Empty(await _bob.ListAsync($"/2/users/{_bob.Id}/followed_lists"));
    }

    [Fact]
    public async Task A_list_of_another_user_cannot_be_changed()
    {
        var id = await CreateAsync(new { name = "mine" });

        Assert.Equal(403, (await _bob.AskAsync("PUT", $"/2/lists/{id}", new { name = "his" })).Status);
        Assert.Equal(403, (await _bob.AskAsync("DELETE", $"/2/lists/{id}")).Status);
        Assert.Equal(403, (await _bob.AskAsync("POST", $"/2/lists/{id}/members", new { user_id = _bob.Id })).Status);
        Assert.Equal("mine", (await _bob.DataAsync("GET", $"/2/lists/{id}")).GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"name":""}""")]
    [InlineData("""{"name":"a name of more than 25 letters"}""")]
    [InlineData("""{"name":"fine","private":"yes"}""")]
    [InlineData("""{"name":"fine","color":"red"}""")]
    public async Task A_list_that_X_would_not_take_is_refused(string body)
    {
        var answer = await _alice.AskAsync("POST", "/2/lists", new StringContent(body));

        Assert.Equal((400, "invalid-request"), (answer.Status, answer.Problem));
    }

    private async Task<string> CreateAsync(object list) =>
        (await _alice.DataAsync("POST", "/2/lists", list)).GetProperty("id").GetString()!;
}
