using System.Text.Json;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.StandIn;

/// <summary>The sandbox's streams, and how it ends them.</summary>
public sealed class StreamTests : IAsyncLifetime
{
    private const string Filtered = "/2/tweets/search/stream";

    private readonly ManualClock _clock = new();
    private SandboxUnderTest _x = null!;
    private Caller _alice = null!;
    private Caller _app = null!;

    public static TheoryData<string, string> Streams =>
        new()
        {
            { "filtered_stream", Filtered },
            { "sample_stream", "/2/tweets/sample/stream" },
            { "sample10_stream", "/2/tweets/sample10/stream?partition=1" },
            { "firehose_stream", "/2/tweets/firehose/stream?partition=20" },
            { "firehose_stream_lang_en", "/2/tweets/firehose/stream/lang/en?partition=1" },
            { "firehose_stream_lang_ja", "/2/tweets/firehose/stream/lang/ja?partition=1" },
            { "firehose_stream_lang_ko", "/2/tweets/firehose/stream/lang/ko?partition=1" },
            { "firehose_stream_lang_pt", "/2/tweets/firehose/stream/lang/pt?partition=1" },
            { "tweets_compliance_stream", "/2/tweets/compliance/stream?partition=1" },
            { "tweet_label_stream", "/2/tweets/label/stream" },
            { "users_compliance_stream", "/2/users/compliance/stream?partition=1" },
            { "likes_firehose_stream", "/2/likes/firehose/stream?partition=1" },
            { "likes_sample10_stream", "/2/likes/sample10/stream?partition=1" },
            { "likes_compliance_stream", "/2/likes/compliance/stream" },
            { "activity_stream", "/2/activity/stream" },
        };

    public async Task InitializeAsync()
    {
        _x = await SandboxUnderTest.StartAsync(clock: _clock);
        (_alice, _app) = (_x.User("alice"), _x.App());
    }

    public async Task DisposeAsync() => await _x.DisposeAsync();

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task Every_stream_sends_its_events_to_one_connection_and_refuses_a_second(string name, string path)
    {
        using var client = await StreamClient.ConnectAsync(_app, path);

        var published = await _x.ControlAsync("POST", $"/streams/{name}/events", new { count = 2, body = new { data = new { id = "7" } } });
        var second = await _app.AskAsync("GET", path);

        Assert.Equal((1, 2), (published.GetProperty("first").GetInt64(), published.GetProperty("last").GetInt64()));
        var first = await client.EventAsync();
        Assert.Equal(("7", 1), (first.GetProperty("data").GetProperty("id").GetString(), first.GetProperty("sandbox_sequence").GetInt64()));
        Assert.Equal(2, await client.SequenceAsync());
        Assert.Equal((429, "ConnectionException", "streaming-connection"), (second.Status, second.Title, second.Problem));
        Assert.Equal("TooManyConnections", second.Json.GetProperty("connection_issue").GetString());
        var counts = (await _x.ControlAsync("GET", "/counters")).GetProperty("streams").GetProperty(name);
        Assert.Equal([1, 1, 1, 1, 2], Counts(counts));
    }

    [Theory]
    [InlineData("/2/tweets/sample10/stream")]
    [InlineData("/2/tweets/sample10/stream?partition=3")]
    [InlineData("/2/tweets/search/stream?backfill_minutes=6")]
    public async Task A_stream_whose_parameters_are_not_valid_is_refused(string path) =>
        Assert.Equal(400, (await _app.AskAsync("GET", path)).Status);

    [Fact]
    public async Task Posts_likes_and_deletions_reach_the_streams_that_tell_of_them()
    {
        using var sample = await StreamClient.ConnectAsync(_app, "/2/tweets/sample/stream?tweet.fields=author_id");
        using var likes = await StreamClient.ConnectAsync(_app, "/2/likes/firehose/stream?partition=1");
        using var compliance = await StreamClient.ConnectAsync(_app, "/2/tweets/compliance/stream?partition=1");

        var id = await _alice.PostAsync("told to all");
        await _alice.SendAsync("POST", $"/2/users/{_alice.Id}/likes", new { tweet_id = id });
        await _alice.SendAsync("DELETE", $"/2/tweets/{id}");

        var post = (await sample.EventAsync()).GetProperty("data");
        Assert.Equal((id, _alice.Id), (post.GetProperty("id").GetString(), post.GetProperty("author_id").GetString()));
        Assert.Equal(id, (await likes.EventAsync()).GetProperty("data").GetProperty("liked_tweet_id").GetString());
        var deleted = (await compliance.EventAsync()).GetProperty("data").GetProperty("delete").GetProperty("tweet");
        Assert.Equal(id, deleted.GetProperty("id").GetString());
    }

    [Fact]
    public async Task The_filtered_stream_numbers_only_what_its_rules_admit()
    {
        await _app.SendAsync("POST", Filtered + "/rules", new { add = new[] { new { value = "cats", tag = "pets" } } });
        using var client = await StreamClient.ConnectAsync(_app, Filtered);

        await _alice.PostAsync("dogs");
        var id = await _alice.PostAsync("cats");

        var told = await client.EventAsync();
        Assert.Equal((id, 1), (told.GetProperty("data").GetProperty("id").GetString(), told.GetProperty("sandbox_sequence").GetInt64()));
        Assert.Equal("pets", told.GetProperty("matching_rules")[0].GetProperty("tag").GetString());
        Assert.Equal(1, (await _app.DataAsync("GET", Filtered + "/rules/counts")).GetProperty("project_rules_count").GetInt32());
    }

    [Fact]
    public async Task The_activity_stream_tells_what_is_subscribed_to()
    {
        var bob = _x.User("bob");
        foreach (var type in new[] { "follow.follow", "dm.received" })
            await _app.SendAsync(
                "POST",
                "/2/activity/subscriptions",
                new
                {
                    event_type = type,
                    filter = new { user_id = bob.Id },
                    tag = "bobs",
                }
            );
        using var client = await StreamClient.ConnectAsync(_app, "/2/activity/stream");

        await _alice.SendAsync("POST", $"/2/users/{_alice.Id}/following", new { target_user_id = bob.Id });
        await bob.SendAsync("POST", $"/2/users/{bob.Id}/following", new { target_user_id = _alice.Id });
        await _alice.SendAsync("POST", $"/2/dm_conversations/with/{bob.Id}/messages", new { text = "hello" });

        Assert.Equal(("follow.follow", "bobs"), Told(await client.EventAsync()));
        Assert.Equal(("dm.received", "bobs"), Told(await client.EventAsync()));
        Assert.Equal(2, (await _app.GetAsync("/2/activity/subscriptions")).GetProperty("data").GetArrayLength());

        static (string?, string?) Told(JsonElement told) =>
            (told.GetProperty("data").GetProperty("event_type").GetString(), told.GetProperty("data").GetProperty("tag").GetString());
    }

    [Fact]
    public async Task An_idle_stream_is_kept_alive()
    {
        using var client = await StreamClient.ConnectAsync(_app, Filtered);
        var line = client.LineAsync();
        while (!line.IsCompleted) // the sandbox may not wait yet when the clock moves first
        {
            _clock.Advance(TimeSpan.FromSeconds(20));
            await Task.Yield();
        }

        Assert.Equal("", await line);
    }

    [Fact]
    public async Task A_scripted_disconnect_comes_after_its_number_of_events_and_the_rest_is_not_sent()
    {
        await ScriptAsync(
            new
            {
                how = "operational",
                after_events = 2,
                times = 1,
            }
        );
        using var client = await StreamClient.ConnectAsync(_app, Filtered);

        await PublishAsync(3);

        Assert.Equal((1, 2), (await client.SequenceAsync(), await client.SequenceAsync()));
        Assert.Equal("operational-disconnect", (await client.EventAsync()).GetProperty("errors")[0].GetProperty("title").GetString());
        Assert.Null(await client.LineAsync());
        var stream = await _x.ControlAsync("GET", "/streams/filtered_stream");
        Assert.Equal([1, 1, 0], stream.GetProperty("events").EnumerateArray().Select(told => told.GetProperty("sent_to").GetArrayLength()));

        using var again = await StreamClient.ConnectAsync(_app, Filtered);
        await PublishAsync(3);
        for (var sequence = 4; sequence <= 6; sequence++)
            Assert.Equal(sequence, await again.SequenceAsync());
    }

    [Fact]
    public async Task A_reset_ends_a_stream_without_a_word()
    {
        using var client = await StreamClient.ConnectAsync(_app, Filtered);
        await PublishAsync(1);
        Assert.Equal(1, await client.SequenceAsync());
        await ScriptAsync(new { how = "reset" });

        await Assert.ThrowsAnyAsync<IOException>(client.LineAsync);
        Assert.Equal(0, _x.Server.Streams.Connections("filtered_stream"));
    }

    [Fact]
    public async Task A_silenced_stream_stays_open_and_says_nothing_until_it_is_ended()
    {
        using var client = await StreamClient.ConnectAsync(_app, Filtered);
        await ScriptAsync(new { how = "silence" });
        await PublishAsync(2);
        await ScriptAsync(new { how = "operational" });

        var next = await client.EventAsync();

        Assert.True(next.TryGetProperty("errors", out _), next.ToString());
        var stream = await _x.ControlAsync("GET", "/streams/filtered_stream");
        Assert.Equal(0, stream.GetProperty("connections")[0].GetProperty("sent").GetInt64());
    }

    [Fact]
    public async Task The_same_seed_ends_streams_after_the_same_events()
    {
        var runs = new List<long>();
        for (var run = 0; run < 2; run++)
        {
            await ScriptAsync(new { ratio = 0.2, seed = 11 });
            using var client = await StreamClient.ConnectAsync(_app, Filtered);
            await PublishAsync(100);
            var sent = 0;
            while (!(await client.EventAsync()).TryGetProperty("errors", out _))
                sent++;
            runs.Add(sent);
        }

        Assert.Equal(runs[0], runs[1]);
        Assert.InRange(runs[0], 1, 99);
    }

    [Fact]
    public async Task The_connection_endpoints_list_and_end_connections()
    {
        using var filtered = await StreamClient.ConnectAsync(_app, Filtered);
        using var sample = await StreamClient.ConnectAsync(_app, "/2/tweets/sample/stream");
        using var labels = await StreamClient.ConnectAsync(_app, "/2/tweets/label/stream");
        Assert.Equal(["filtered_stream"], await _app.ListAsync("/2/connections?endpoints=filtered_stream", "endpoint_name"));
        var id = (await _app.ListAsync("/2/connections?endpoints=sample_stream"))[0];

        var byId = await _app.DataAsync("DELETE", "/2/connections", new { uuids = new[] { id, "1" } });
        Assert.Equal((1, 1), (byId.GetProperty("successful_kills").GetInt32(), byId.GetProperty("failed_kills").GetInt32()));
        Assert.True((await sample.EventAsync()).TryGetProperty("errors", out _));
        Assert.Equal(1, (await _app.DataAsync("DELETE", "/2/connections/filtered_stream")).GetProperty("successful_kills").GetInt32());
        Assert.True((await filtered.EventAsync()).TryGetProperty("errors", out _));
        Assert.Equal(1, (await _app.DataAsync("DELETE", "/2/connections/all")).GetProperty("successful_kills").GetInt32());
        Assert.True((await labels.EventAsync()).TryGetProperty("errors", out _));

        Assert.Empty(await _app.ListAsync("/2/connections"));
        Assert.Equal(3, (await _app.ListAsync("/2/connections?status=inactive")).Length);
    }

    [Theory]
    [InlineData("nowhere", """{"how":"reset"}""")]
    [InlineData("filtered_stream", """{"ratio":2}""")]
    public async Task A_script_that_is_not_valid_is_refused(string name, string script)
    {
        var body = new StringContent(script, null, "application/json");

        Assert.Equal(400, (await _x.Anybody().AskAsync("POST", $"/_sandbox/streams/{name}/disconnect", body)).Status);
    }

    private Task<JsonElement> ScriptAsync(object script) => _x.ControlAsync("POST", "/streams/filtered_stream/disconnect", script);

    private Task<JsonElement> PublishAsync(int count) => _x.ControlAsync("POST", "/streams/filtered_stream/events", new { count });

    private static long[] Counts(JsonElement counts) =>
        [
            .. new[] { "connections", "max_connections", "connects", "refused", "published" }.Select(name =>
                counts.GetProperty(name).GetInt64()
            ),
        ];
}
