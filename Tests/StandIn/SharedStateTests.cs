using System.Text.Json;

namespace OrleansTwitterProxy.Tests.StandIn;

/// <summary>What one call of the sandbox changes, another shows: engagement, mutes, folders, counts, trends, spaces.</summary>
public sealed class SharedStateTests : IAsyncLifetime
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
    public async Task A_like_is_seen_from_the_post_and_from_the_user()
    {
        var post = await _alice.PostAsync("likeable");
        await _bob.SendAsync("POST", $"/2/users/{_bob.Id}/likes", new { tweet_id = post });

        Assert.Equal([_bob.Id], await _alice.ListAsync($"/2/tweets/{post}/liking_users"));
        Assert.Equal([post], await _bob.ListAsync($"/2/users/{_bob.Id}/liked_tweets"));

        await _bob.SendAsync("DELETE", $"/2/users/{_bob.Id}/likes/{post}");
        Assert.Empty(await _alice.ListAsync($"/2/tweets/{post}/liking_users"));
        Assert.Empty(await _bob.ListAsync($"/2/users/{_bob.Id}/liked_tweets"));
    }

    [Fact]
    public async Task Reposts_and_quotes_are_seen_from_the_post()
    {
        var post = await _alice.PostAsync("worth sharing");
        var repost = (await _bob.DataAsync("POST", $"/2/users/{_bob.Id}/retweets", new { tweet_id = post }))
            .GetProperty("rest_id")
            .GetString()!;
        var quote = (await _bob.DataAsync("POST", "/2/tweets", new { text = "look", quote_tweet_id = post }))
            .GetProperty("id")
            .GetString()!;

        Assert.Equal([_bob.Id], await _x.App().ListAsync($"/2/tweets/{post}/retweeted_by"));
        Assert.Equal([repost], await _x.App().ListAsync($"/2/tweets/{post}/retweets"));
        Assert.Equal([quote], await _x.App().ListAsync($"/2/tweets/{post}/quote_tweets"));
        Assert.Equal([post], await _alice.ListAsync("/2/users/reposts_of_me"));
        Assert.Empty(await _bob.ListAsync("/2/users/reposts_of_me"));
    }

    [Fact]
    public async Task The_author_of_a_conversation_hides_replies_and_nobody_else_does()
    {
        var post = await _alice.PostAsync("thoughts?");
        var reply = (await _bob.DataAsync("POST", "/2/tweets", new { text = "spam", reply = new { in_reply_to_tweet_id = post } }))
            .GetProperty("id")
            .GetString();

        Assert.Equal(403, (await _bob.AskAsync("PUT", $"/2/tweets/{reply}/hidden", new { hidden = true })).Status);
        Assert.True((await _alice.DataAsync("PUT", $"/2/tweets/{reply}/hidden", new { hidden = true })).GetProperty("hidden").GetBoolean());
    }

    [Fact]
    public async Task Mutes_and_blocks_are_kept()
    {
        await _alice.SendAsync("POST", $"/2/users/{_alice.Id}/muting", new { target_user_id = _bob.Id });
        Assert.Equal([_bob.Id], await _alice.ListAsync($"/2/users/{_alice.Id}/muting"));
        await _alice.SendAsync("DELETE", $"/2/users/{_alice.Id}/muting/{_bob.Id}");
        Assert.Empty(await _alice.ListAsync($"/2/users/{_alice.Id}/muting"));

        await _x.ControlAsync("POST", "/accounts/alice/blocks/bob");
        Assert.Equal([_bob.Id], await _alice.ListAsync($"/2/users/{_alice.Id}/blocking"));
        await _x.ControlAsync("DELETE", "/accounts/alice/blocks/bob");
        Assert.Empty(await _alice.ListAsync($"/2/users/{_alice.Id}/blocking"));
    }

    [Fact]
    public async Task A_bookmark_is_found_in_its_folder()
    {
        var post = await _bob.PostAsync("keep this");
        var own = $"/2/users/{_alice.Id}/bookmarks";
        var folder = (await _alice.DataAsync("POST", own + "/folders", new { name = "later" })).GetProperty("id").GetString()!;
        await _alice.SendAsync("POST", own, new { tweet_id = post, folder_id = folder });

        Assert.Equal([folder], await _alice.ListAsync(own + "/folders"));
        Assert.Equal([post], await _alice.ListAsync($"{own}/folders/{folder}"));
        await _alice.SendAsync("DELETE", $"{own}/{post}");
        Assert.Empty(await _alice.ListAsync($"{own}/folders/{folder}"));
    }

    [Fact]
    public async Task Counts_are_those_of_the_posts_that_search_finds()
    {
        foreach (var text in new[] { "counted one", "counted two", "another" })
            await _alice.PostAsync(text);
        var app = _x.App();

        foreach (var span in new[] { "recent", "all" })
        {
            var counts = await app.GetAsync($"/2/tweets/counts/{span}?query=counted&granularity=day");
            Assert.Equal(2, counts.GetProperty("meta").GetProperty("total_tweet_count").GetInt32());
            Assert.Equal(2, counts.GetProperty("data").EnumerateArray().Sum(bucket => bucket.GetProperty("tweet_count").GetInt32()));
            Assert.Equal(2, (await app.ListAsync($"/2/tweets/search/{span}?query=counted")).Length);
        }
    }

    [Fact]
    public async Task Counts_of_all_go_back_page_by_page_to_the_start()
    {
        const string query = "/2/tweets/counts/all?query=a&granularity=day&start_time=2026-01-01T00:00:00Z&end_time=2026-04-01T00:00:00Z";
        var app = _x.App();
        var (starts, next) = (new List<string>(), "");
        do
        {
            var page = await app.GetAsync(query + next);
            starts.InsertRange(0, page.GetProperty("data").EnumerateArray().Select(bucket => bucket.GetProperty("start").GetString()!));
            next = page.GetProperty("meta").TryGetProperty("next_token", out var token) ? $"&next_token={token.GetString()}" : "";
        } while (next.Length > 0);

        Assert.Equal(90, starts.Count); // the days of January, February and March
        Assert.Equal("2026-01-01T00:00:00.000Z", starts[0]);
        Assert.Equal(starts.Distinct().Order(StringComparer.Ordinal), starts);
    }

    [Fact]
    public async Task The_hashtag_of_most_posts_is_the_first_trend()
    {
        await _alice.PostAsync("one #noon");
        await _bob.PostAsync("two #noon #dusk");

        var trends = await _x.App().DataAsync("GET", "/2/trends/by/woeid/1?max_trends=2");

        Assert.Equal(["#noon 2", "#dusk 1"], trends.EnumerateArray().Select(Shown));
        Assert.Equal("#noon", (await _alice.DataAsync("GET", "/2/users/personalized_trends"))[0].GetProperty("trend_name").GetString());

        static string Shown(JsonElement trend) =>
            $"{trend.GetProperty("trend_name").GetString()} {trend.GetProperty("tweet_count").GetInt32()}";
    }

    [Fact]
    public async Task Spaces_are_found_by_id_creator_and_title_and_have_posts_and_buyers()
    {
        var found = await _alice.GetAsync(
            "/2/spaces/search?query=workshop&space.fields=title,creator_id,is_ticketed&expansions=creator_id"
        );
        var space = Assert.Single(found.GetProperty("data").EnumerateArray().ToArray());
        var id = space.GetProperty("id").GetString()!;
        Assert.Equal(_alice.Id, space.GetProperty("creator_id").GetString());
        Assert.Equal("alice", found.GetProperty("includes").GetProperty("users")[0].GetProperty("username").GetString());

        Assert.Equal([id], await _bob.ListAsync($"/2/spaces?ids={id}"));
        Assert.Contains(id, await _bob.ListAsync($"/2/spaces/by/creator_ids?user_ids={_alice.Id}"));
        Assert.Equal(2, (await _alice.ListAsync($"/2/spaces/{id}/buyers")).Length);
        Assert.Equal(403, (await _bob.AskAsync("GET", $"/2/spaces/{id}/buyers")).Status);

        var announcement = Assert.Single(await _bob.ListAsync($"/2/spaces/{id}/tweets"));
        var shared = await _bob.PostAsync($"join us https://x.com/i/spaces/{id}");
        Assert.Equal([shared, announcement], await _bob.ListAsync($"/2/spaces/{id}/tweets"));
        Assert.Equal(announcement, (await _bob.DataAsync("GET", $"/2/tweets/{announcement}")).GetProperty("id").GetString());
    }

    [Fact]
    public async Task Users_are_found_by_a_part_of_their_name()
    {
        _x.User("alice_in_chains");

        Assert.Equal(
            ["alice", "alice_in_chains"],
            (await _bob.ListAsync("/2/users/search?query=ALICE", "username")).Order(StringComparer.Ordinal)
        );
        Assert.Empty(await _bob.ListAsync("/2/users/search?query=nobody", "username"));
    }

    [Fact]
    public async Task The_posts_read_are_the_apps_usage()
    {
        var post = await _alice.PostAsync("read me");
        await _alice.GetAsync($"/2/tweets/{post}");
        await _bob.GetAsync("/2/tweets/search/recent?query=read");

        Assert.Equal("2", (await _x.App().DataAsync("GET", "/2/usage/tweets")).GetProperty("project_usage").GetString());
    }
}
