using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Forwarding;

/// <summary>The routes under /v1 that stand for calls to X.</summary>
public sealed class SimpleRouteEndpointTests(SharedClockedProxy shared) : FreshAccountTest(shared), IClassFixture<SharedClockedProxy>
{
    [Fact]
    public async Task A_tweet_is_posted_with_Xs_own_status_and_body_and_can_be_deleted()
    {
        var posted = await Alice.Http.PostAsJsonAsync("/v1/tweets", new { text = "hello" });
        var id = (await ProxyHost.ReadAsync(posted)).GetProperty("data").GetProperty("id").GetString();
        var deleted = await ProxyHost.ReadAsync(await Alice.Http.DeleteAsync($"/v1/tweets/{id}"));

        Assert.Equal(HttpStatusCode.Created, posted.StatusCode);
        Assert.True(deleted.GetProperty("data").GetProperty("deleted").GetBoolean());
    }

    [Fact]
    public async Task Fields_the_proxy_does_not_know_reach_X()
    {
        var posted = await ProxyHost.ReadAsync(
            await Alice.Http.PostAsync(
                "/v1/tweets",
                Json("""{"poll":{"options":["a","b"],"duration_minutes":60},"text":"which?","reply_settings":"following"}""")
            )
        );
        var id = posted.GetProperty("data").GetProperty("id").GetString();

        var read = await ProxyHost.ReadAsync(await Alice.Http.GetAsync($"/2/tweets/{id}?tweet.fields=reply_settings"));

        Assert.Equal("following", read.GetProperty("data").GetProperty("reply_settings").GetString());
    }

    [Fact]
    public async Task A_reply_hangs_below_its_tweet()
    {
        var id = await PostAsync("first");
        var reply = await ProxyHost.ReadAsync(await Alice.Http.PostAsJsonAsync($"/v1/tweets/{id}/replies", new { text = "second" }));

        var read = await ProxyHost.ReadAsync(
            await Alice.Http.GetAsync($"/2/tweets/{reply.GetProperty("data").GetProperty("id").GetString()}?tweet.fields=referenced_tweets")
        );

        var parent = read.GetProperty("data").GetProperty("referenced_tweets")[0];
        Assert.Equal(("replied_to", id), (parent.GetProperty("type").GetString(), parent.GetProperty("id").GetString()));
    }

    [Theory]
    [InlineData("retweet", "retweeted")]
    [InlineData("like", "liked")]
    public async Task A_mark_is_set_and_removed(string mark, string field)
    {
        var id = await PostAsync("mark me");

        var set = await ProxyHost.ReadAsync(await Alice.Http.PutAsync($"/v1/tweets/{id}/{mark}", null));
        var removed = await ProxyHost.ReadAsync(await Alice.Http.DeleteAsync($"/v1/tweets/{id}/{mark}"));

        Assert.True(set.GetProperty("data").GetProperty(field).GetBoolean());
        Assert.False(removed.GetProperty("data").GetProperty(field).GetBoolean());
    }

    [Fact]
    public async Task A_timeline_is_read_page_by_page()
    {
        for (var i = 0; i < 12; i++)
            await PostAsync($"tweet {i}");

        var first = await ProxyHost.ReadAsync(await Alice.Http.GetAsync("/v1/timelines/user?max_results=5"));
        var token = first.GetProperty("meta").GetProperty("next_token").GetString();
        var second = await ProxyHost.ReadAsync(await Alice.Http.GetAsync($"/v1/timelines/user?max_results=5&pagination_token={token}"));

        Assert.Equal(["tweet 11", "tweet 10", "tweet 9", "tweet 8", "tweet 7"], Texts(first));
        Assert.Equal(["tweet 6", "tweet 5", "tweet 4", "tweet 3", "tweet 2"], Texts(second));
    }

    [Fact]
    public async Task Home_shows_and_mentions_find_what_others_wrote()
    {
        var bob = await Proxy.SignInAsync("bob");
        await ProxyHost.ReadAsync(
            await Alice.Http.PostAsJsonAsync($"/2/users/{Alice.AccountId}/following", new { target_user_id = bob.AccountId })
        );
        await ProxyHost.ReadAsync(await bob.Http.PostAsJsonAsync("/v1/tweets", new { text = $"hi @{Username}" }));

        Assert.Contains($"hi @{Username}", Texts(await ProxyHost.ReadAsync(await Alice.Http.GetAsync("/v1/timelines/home"))));
        Assert.Contains($"hi @{Username}", Texts(await ProxyHost.ReadAsync(await Alice.Http.GetAsync("/v1/timelines/mentions"))));
    }

    [Fact]
    public async Task The_account_is_described_with_the_fields_asked_for()
    {
        var me = await ProxyHost.ReadAsync(await Alice.Http.GetAsync("/v1/users/me?user.fields=created_at"));

        Assert.Equal(
            (Alice.AccountId, Username),
            (me.GetProperty("data").GetProperty("id").GetString(), me.GetProperty("data").GetProperty("username").GetString())
        );
        Assert.True(me.GetProperty("data").TryGetProperty("created_at", out _));
    }

    [Theory]
    [InlineData("POST", "/v1/tweets", "{}", "text")]
    [InlineData("POST", "/v1/tweets", """{"text":"  "}""", "text")]
    [InlineData("POST", "/v1/tweets", """{"text":7}""", "text")]
    [InlineData("POST", "/v1/tweets", """{"text":"a","reply":{"in_reply_to_tweet_id":"1"}}""", "reply")]
    [InlineData("POST", "/v1/tweets", """{"text":""", "text")]
    [InlineData("POST", "/v1/tweets", "[1]", "body")]
    [InlineData("POST", "/v1/tweets", "text=a", "body")]
    [InlineData("POST", "/v1/tweets/abc/replies", """{"text":"a"}""", "id")]
    [InlineData("POST", "/v1/tweets/1/replies", "{}", "text")]
    [InlineData("DELETE", "/v1/tweets/12345678901234567890", null, "id")]
    [InlineData("DELETE", "/v1/tweets/1%2e2", null, "id")]
    [InlineData("PUT", "/v1/tweets/x/like", null, "id")]
    [InlineData("DELETE", "/v1/tweets/x/retweet", null, "id")]
    public async Task What_is_wrong_with_a_request_is_told_by_its_field(string method, string path, string? body, string field)
    {
        var before = Proxy.Sandbox.Counters.Total;

        var problem = await Problem.ReadAsync(
            await Alice.Http.SendAsync(new(new(method), path) { Content = body is null ? null : Json(body) })
        );

        Assert.Equal((400, "invalid_request"), (problem.Status, problem.Reason));
        Assert.NotEmpty(problem.ErrorsOf(field));
        Assert.StartsWith(field, problem.Detail, StringComparison.Ordinal);
        Assert.Equal(before, Proxy.Sandbox.Counters.Total);
    }

    [Theory]
    [InlineData("GET", "/v1/users/me")]
    [InlineData("GET", "/v1/limits")]
    [InlineData("GET", "/v1/timelines/home")]
    [InlineData("PUT", "/v1/tweets/1/like")]
    [InlineData("GET", "/v1/session")]
    [InlineData("GET", "/2/users/me")]
    public async Task Without_a_session_there_is_no_answer(string method, string path)
    {
        var missing = await Problem.ReadAsync(await Proxy.Http.SendAsync(new(new(method), path)));
        var invalid = await Problem.ReadAsync(
            await Proxy.Http.SendAsync(new(new(method), path) { Headers = { Authorization = new("Bearer", "otps_nonsense") } })
        );

        Assert.Equal((401, "session_missing"), (missing.Status, missing.Reason));
        Assert.Equal((401, "session_invalid"), (invalid.Status, invalid.Reason));
    }

    private async Task<string> PostAsync(string text) =>
        (await ProxyHost.ReadAsync(await Alice.Http.PostAsJsonAsync("/v1/tweets", new { text })))
            .GetProperty("data")
            .GetProperty("id")
            .GetString()!;

    private static List<string?> Texts(JsonElement page) =>
        [.. page.GetProperty("data").EnumerateArray().Select(tweet => tweet.GetProperty("text").GetString())];

    private static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");
}
