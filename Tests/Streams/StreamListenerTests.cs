using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Streams;

/// <summary>X's streams through the proxy: one connection at X for all who listen.</summary>
public sealed class StreamListenerTests : IAsyncLifetime
{
    private const string Filtered = "/2/tweets/search/stream";
    private const string Name = "filtered_stream";

    private readonly ManualClock _clock = new();
    private SandboxServer _x = null!;
    private ProxyHost _proxy = null!;

    public async Task InitializeAsync()
    {
        _x = await SandboxServer.StartAsync(
            new() { Url = "http://127.0.0.1:0", StreamKeepAliveInterval = TimeSpan.FromMilliseconds(50) } // it lives by real time
        );
        _proxy = await ProxyHost.StartAsync(new() { Sandbox = _x, Clock = _clock });
    }

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _x.DisposeAsync();
    }

    [Fact]
    public async Task All_listeners_get_every_event_once_and_in_order_over_one_connection()
    {
        var listeners = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ListenAsync()));

        _x.Streams.Publish(Name, 100);

        foreach (var listener in listeners)
        {
            Assert.Equal(Enumerable.Range(1, 100).Select(i => (long)i), await listener.SequencesAsync(100));
            listener.Dispose();
        }

        Assert.Equal(1, _x.Counters.Requests($"GET {Filtered}"));
    }

    [Fact]
    public async Task A_line_is_Xs_byte_for_byte()
    {
        using var listener = await ListenAsync();

        _x.Streams.Publish(Name, 1, new() { ["data"] = new JsonObject { ["text"] = "é \u2028 \"<&" } });

        Assert.Equal("""{"data":{"text":"\u00E9 \u2028 \u0022\u003C\u0026"},"sandbox_sequence":1}""", await listener.LineAsync());
    }

    [Fact]
    public async Task While_nothing_happens_there_are_keep_alives()
    {
        using var listener = await ListenAsync();

        await MoveAsync(TimeSpan.FromSeconds(10));

        Assert.Equal("", await listener.LineAsync());
    }

    [Theory]
    [InlineData(StreamDisconnect.Operational, "X ended the connection: ")]
    [InlineData(StreamDisconnect.Reset, "The connection to X broke.")]
    public async Task After_a_disconnect_the_proxy_connects_again_and_tells_the_gap(StreamDisconnect how, string reason)
    {
        using var listener = await ListenAsync();
        _x.Streams.Publish(Name);
        await listener.SequencesAsync(1);

        _x.Streams.Disconnect(Name, new() { How = how });
        await UntilAsync("X has ended it", () => _x.Streams.Connections(Name) == 0);
        _x.Streams.Publish(Name); // nobody hears it
        await MoveUntilAsync("it is connected again", () => _x.Streams.Connections(Name) == 1);
        _x.Streams.Publish(Name);

        var gap = (await listener.EventAsync()).GetProperty("errors")[0];
        Assert.Equal("stream-gap", gap.GetProperty("title").GetString());
        Assert.Contains(reason, gap.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.True(gap.GetProperty("from").GetDateTimeOffset() < gap.GetProperty("to").GetDateTimeOffset());
        Assert.Equal([3], await listener.SequencesAsync(1));
    }

    [Fact]
    public async Task A_connection_that_falls_silent_is_given_up_after_25_s()
    {
        using var listener = await ListenAsync();

        _x.Streams.Disconnect(Name, new() { How = StreamDisconnect.Silence });
        await MoveUntilAsync("it is connected again", () => _x.Counters.Requests($"GET {Filtered}") == 2);
        await MoveUntilAsync("X has one connection", () => _x.Streams.Connections(Name) == 1);
        _x.Streams.Publish(Name);

        Assert.Contains("not even a keep-alive", (await listener.EventAsync()).ToString(), StringComparison.Ordinal);
        Assert.Equal([1], await listener.SequencesAsync(1));
    }

    [Fact]
    public async Task One_that_comes_back_with_its_last_event_id_misses_nothing()
    {
        string cursor;
        using (var first = await ListenAsync(accept: "text/event-stream"))
        {
            _x.Streams.Publish(Name, 2);
            Assert.Equal(1, (await first.ServerSentEventAsync()).Sequence);
            (cursor, var sequence, _) = await first.ServerSentEventAsync();
            Assert.Equal(2, sequence);
        }

        _x.Streams.Publish(Name, 3); // the connection lingers
        using var again = await ListenAsync(lastEventId: cursor);

        Assert.Equal([3, 4, 5], await again.SequencesAsync(3));
        Assert.Equal(1, _x.Counters.Requests($"GET {Filtered}"));
    }

    [Fact]
    public async Task A_last_event_id_of_which_nothing_is_known_is_told_as_a_gap()
    {
        using var listener = await ListenAsync(lastEventId: "another-7");
        _x.Streams.Publish(Name);

        Assert.Contains("What came after another-7 is not kept", (await listener.EventAsync()).ToString(), StringComparison.Ordinal);
        Assert.Equal([1], await listener.SequencesAsync(1));
    }

    [Fact]
    public async Task Backfill_is_answered_from_what_is_kept_and_not_asked_of_X()
    {
        using var first = await ListenAsync();
        _x.Streams.Publish(Name);
        await first.SequencesAsync(1);
        _clock.Advance(TimeSpan.FromSeconds(9));
        _x.Streams.Publish(Name);
        await first.SequencesAsync(1);

        using var all = await ListenAsync("?backfill_minutes=1");
        _clock.Advance(TimeSpan.FromSeconds(1));
        using var none = await ListenAsync("?backfill_minutes=0");
        _x.Streams.Publish(Name);

        Assert.Equal([1, 2, 3], await all.SequencesAsync(3));
        Assert.Equal([3], await none.SequencesAsync(1));
        Assert.Equal(1, _x.Counters.Requests($"GET {Filtered}"));
    }

    [Fact]
    public async Task A_listener_that_wants_more_fields_gets_them_and_the_others_are_told_of_the_gap()
    {
        using var first = await ListenAsync("?tweet.fields=lang");
        var joining = ListenAsync("?tweet.fields=author_id");
        await MoveUntilAsync("it is connected with both", () => _x.Counters.Requests($"GET {Filtered}") == 2);
        using var second = await joining;
        await MoveUntilAsync("X has one connection", () => _x.Streams.Connections(Name) == 1);

        var alice = await _proxy.SignInAsync("alice");
        await alice.Http.PostAsJsonAsync("/v1/tweets", new { text = "told with the fields of all" });

        Assert.Contains("asked for more fields", (await first.EventAsync()).ToString(), StringComparison.Ordinal);
        var post = (await first.EventAsync()).GetProperty("data");
        Assert.Equal(alice.AccountId, post.GetProperty("author_id").GetString());
        Assert.NotEmpty(post.GetProperty("lang").GetString()!);
    }

    [Fact]
    public async Task A_listener_whose_fields_X_refuses_is_told_alone()
    {
        using var first = await ListenAsync("?tweet.fields=lang");

        var refused = AskAsync("?tweet.fields=no_such_field");
        await MoveUntilAsync("it is answered", () => refused.IsCompleted);
        await MoveUntilAsync("the other has X again", () => _x.Streams.Connections(Name) == 1);
        _x.Streams.Publish(Name);

        Assert.Equal(HttpStatusCode.BadRequest, (await refused).StatusCode);
        Assert.Equal("stream-gap", (await first.EventAsync()).GetProperty("errors")[0].GetProperty("title").GetString());
        Assert.Equal([1], await first.SequencesAsync(1));
        Assert.Equal(3, _x.Counters.Requests($"GET {Filtered}"));
    }

    [Fact]
    public async Task Whoever_comes_when_the_others_have_left_chooses_anew()
    {
        (await ListenAsync("?start_time=2026-01-01T00%3A00%3A00Z")).Dispose();

        // The proxy notices a moment later that it has left.
        ListeningClient? listener = null;
        var joining = ListeningClient.TryConnectAsync(_proxy.Http, Filtered);
        await Eventually.TrueAsync("another may ask for something else", TimeSpan.FromSeconds(20), async () =>
        {
            _clock.Advance(TimeSpan.FromMilliseconds(250));
            if (!joining.IsCompleted)
                return false;
            listener = await joining;
            joining = listener is null ? ListeningClient.TryConnectAsync(_proxy.Http, Filtered) : joining;
            return listener is not null;
        });
        await MoveUntilAsync("X has one connection", () => _x.Streams.Connections(Name) == 1);
        _x.Streams.Publish(Name);

        Assert.Contains("\"sandbox_sequence\":1", await LastAsync(listener!), StringComparison.Ordinal);
        listener!.Dispose();
    }

    [Fact]
    public async Task Other_parameters_than_the_others_are_refused_while_they_listen()
    {
        using var first = await ListenAsync();

        var asking = AskAsync("?start_time=2026-01-01T00%3A00%3A00Z");
        await MoveUntilAsync("it is answered", () => asking.IsCompleted);
        var problem = await Problem.ReadAsync(await asking);

        Assert.Equal((409, "stream_in_use", true), (problem.Status, problem.Reason, problem.Retryable));
        using var again = await ListenAsync();
    }

    [Fact]
    public async Task What_X_answers_instead_of_a_stream_is_passed_on()
    {
        _x.Faults.Add(
            new()
            {
                Endpoint = $"GET {Filtered}",
                Variant = FaultVariant.ClientForbidden,
                Times = 1,
            }
        );

        using var refused = await AskAsync("");
        using var early = await AskAsync("");
        _clock.Advance(TimeSpan.FromSeconds(5));
        using var listener = await ListenAsync();

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (refused.StatusCode, early.StatusCode));
        Assert.Contains("client-not-enrolled", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(2, _x.Counters.Requests($"GET {Filtered}"));
    }

    [Fact]
    public async Task When_X_has_another_connection_of_the_apps_its_answer_says_when_the_proxy_tries_again()
    {
        using var other = new HttpClient { BaseAddress = _x.BaseAddress };
        other.DefaultRequestHeaders.Authorization = new("Bearer", "sandbox-app-token");
        using var taken = await other.GetAsync(Filtered, HttpCompletionOption.ResponseHeadersRead);

        using var refused = await AskAsync("");

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(5, refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
        Assert.Contains("TooManyConnections", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        // Nobody listens meanwhile, and X is not asked before its time all the same.
        _clock.Advance(TimeSpan.FromSeconds(3));
        using var early = await AskAsync("");
        Assert.Equal(2, early.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
        Assert.Equal(2, _x.Counters.Requests($"GET {Filtered}"));
        taken.Dispose();
        await UntilAsync("X has noticed", () => _x.Streams.Connections(Name) == 0);
        _clock.Advance(TimeSpan.FromSeconds(2));
        using var listener = await ListenAsync();
    }

    [Fact]
    public async Task After_the_last_listener_the_connection_lingers_and_is_closed()
    {
        (await ListenAsync()).Dispose();

        await MoveUntilAsync("it is closed", () => _x.Streams.Connections(Name) == 0);

        Assert.True(_clock.GetUtcNow() - new ManualClock().GetUtcNow() >= TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData("?backfill_minutes=soon")]
    [InlineData("?backfill_minutes=-1")]
    public async Task A_backfill_that_is_no_number_is_named(string query)
    {
        var problem = await Problem.ReadAsync(await AskAsync(query));

        Assert.Equal((400, "invalid_request"), (problem.Status, problem.Reason));
        Assert.Contains("backfill_minutes", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_proxy_says_that_it_is_stopping()
    {
        using var listener = await ListenAsync();

        var stopping = _proxy.DisposeAsync();

        Assert.Contains("ProxyStopping", (await listener.EventAsync()).ToString(), StringComparison.Ordinal);
        Assert.Null(await listener.LineAsync());
        await stopping;
        _proxy = await ProxyHost.StartAsync(new() { Sandbox = _x, Clock = _clock });
    }

    // Past a gap that may be told before it.
    private static async Task<string> LastAsync(ListeningClient listener)
    {
        var line = (await listener.EventAsync()).ToString();
        return line.Contains("stream-gap", StringComparison.Ordinal) ? (await listener.EventAsync()).ToString() : line;
    }

    // Timers of the proxy fire when the clock moves, and what they start takes a moment of real time.
    private async Task MoveUntilAsync(string what, Func<bool> condition) => await Eventually.TrueAsync(what, TimeSpan.FromSeconds(20), () =>
        {
            if (condition())
                return Task.FromResult(true);
            _clock.Advance(TimeSpan.FromMilliseconds(250));
            return Task.FromResult(false);
        });

    private async Task MoveAsync(TimeSpan by)
    {
        var timers = _clock.PendingTimers;
        await UntilAsync("somebody waits for the clock", () => _clock.PendingTimers >= Math.Min(timers, 1));
        _clock.Advance(by);
    }

    private static async Task UntilAsync(string what, Func<bool> condition) =>
        await Eventually.TrueAsync(what, TimeSpan.FromSeconds(20), () => Task.FromResult(condition()));

    private Task<ListeningClient> ListenAsync(string query = "", string? accept = null, string? lastEventId = null) =>
        ListeningClient.ConnectAsync(_proxy.Http, Filtered + query, accept, lastEventId);

    private async Task<HttpResponseMessage> AskAsync(string query)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Filtered + query);
        request.Headers.Add("X-Api-Key", ProxyHost.ApiKey);
        return await _proxy.Http.SendAsync(request);
    }
}
