using System.Net;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Idempotency;

/// <summary>A keyed write of which nobody knows whether X has acted: found out, done once, or said so.</summary>
public sealed class DoubtfulWriteTests(DoubtfulWriteTests.OneProxy shared)
    : FreshAccountTest(shared),
        IClassFixture<DoubtfulWriteTests.OneProxy>
{
    private const string Post = "POST /2/tweets";
    private const string Timeline = "GET /2/users/{id}/tweets";

    private static readonly TimeSpan ResendAfter = TimeSpan.FromSeconds(10);

    // A repetition of a read waits on the clock, which stands still.
    internal static readonly Dictionary<string, string> WithoutRetries = new() { ["Retries:MaxRetries"] = "0" };

    private readonly ManualClock _clock = shared.Clock;

    [Theory]
    [InlineData("hello")]
    [InlineData("a & b < c > \u00e9 \ud83d\udc4b")]
    public async Task A_post_whose_answer_was_lost_is_found_among_the_accounts_posts(string text)
    {
        await ProxyHost.ReadAsync(await Alice.Http.PostKeyedAsync("before", "something else"));
        X.Faults.Add(
            new()
            {
                Endpoint = Post,
                LostResponse = true,
                Times = 1,
            }
        );

        var first = await Alice.Http.PostKeyedAsync("a", text);
        var again = await Alice.Http.PostKeyedAsync("a", text);

        Assert.Equal((HttpStatusCode.Created, true, false), (first.StatusCode, first.IsReconciled(), first.IsReplayed()));
        Assert.Equal(await first.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
        Assert.True(again.IsReplayed());
        Assert.Equal(
            text,
            (await ProxyHost.ReadAsync(await Alice.Http.GetAsync($"/2/tweets/{await first.PostIdAsync()}")))
                .GetProperty("data")
                .GetProperty("text")
                .GetString()
        );
        Assert.Equal(1, X.Counters.PostsOf(text));
    }

    [Fact]
    public async Task While_the_posts_cannot_be_read_the_write_stays_in_doubt_and_is_settled_by_the_next_sending()
    {
        X.Faults.Add(
            new()
            {
                Endpoint = Post,
                LostResponse = true,
                Times = 1,
            }
        );
        var unreadable = X.Faults.Add(new() { Endpoint = Timeline, Variant = FaultVariant.UnavailableJson });

        var problem = await Refusal.ExpectAsync(await Alice.Http.PostKeyedAsync("a", "hello"), 504, "outcome_in_doubt");
        Assert.Equal((true, 1), (problem.Retryable, problem.RetryAfter));
        _clock.Advance(TimeSpan.FromHours(1));
        // X was unreadable: nothing is concluded.
        await Refusal.ExpectAsync(await Alice.Http.PostKeyedAsync("a", "hello"), 504, "outcome_in_doubt");
        X.Faults.Remove(unreadable);
        var settled = await Alice.Http.PostKeyedAsync("a", "hello");

        Assert.Equal((HttpStatusCode.Created, true), (settled.StatusCode, settled.IsReconciled()));
        Assert.Equal((1, 1), (X.Counters.PostsOf("hello"), X.Counters.Requests(Post)));
    }

    [Fact]
    public async Task Where_X_does_not_let_the_posts_be_read_the_write_is_unknown_and_Xs_words_are_told()
    {
        X.Faults.Add(
            new()
            {
                Endpoint = Post,
                LostResponse = true,
                Times = 1,
            }
        );
        X.Faults.Add(new() { Endpoint = Timeline, Variant = FaultVariant.ClientForbidden });
        await Alice.Http.PostKeyedAsync("a", "hello");

        var problem = await Refusal.ExpectAsync(await Alice.Http.PostKeyedAsync("a", "hello"), 504, "outcome_unknown");

        Assert.False(problem.Retryable);
        Assert.Contains("it answered 403: ", problem.Detail, StringComparison.Ordinal);
        Assert.Equal(1, X.Counters.Requests(Post));
    }

    [Fact]
    public async Task A_503_of_Xs_passes_unchanged_and_the_post_is_made_once_when_it_surely_is_not_there()
    {
        X.Faults.Add(
            new()
            {
                Endpoint = Post,
                Variant = FaultVariant.UnavailableJson,
                Times = 1,
            }
        );

        var first = await Alice.Http.PostKeyedAsync("a", "hello");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, first.StatusCode);
        Assert.DoesNotContain("urn:orleans-twitter-proxy", await first.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var early = await Refusal.ExpectAsync(await Alice.Http.PostKeyedAsync("a", "hello"), 504, "outcome_in_doubt");
        Assert.Equal(10, early.RetryAfter);
        Assert.Equal(1, X.Counters.Requests(Post));
        _clock.Advance(ResendAfter);
        var made = await Alice.Http.PostKeyedAsync("a", "hello");
        var again = await Alice.Http.PostKeyedAsync("a", "hello");

        Assert.Equal((HttpStatusCode.Created, false), (made.StatusCode, made.IsReconciled()));
        Assert.Equal(await made.PostIdAsync(), await again.PostIdAsync());
        Assert.Equal(1, X.Counters.PostsOf("hello"));
    }

    [Fact]
    public async Task A_poll_that_is_not_found_is_not_sent_again_and_the_answer_says_so()
    {
        object poll = new { text = "which?", poll = new { options = (string[])["this", "that"], duration_minutes = 60 } };
        X.Faults.Add(
            new()
            {
                Endpoint = Post,
                Variant = FaultVariant.UnavailableJson,
                Times = 1,
            }
        );
        await Alice.Http.PostKeyedAsync("a", "/2/tweets", poll);
        _clock.Advance(ResendAfter);

        var problem = await Refusal.ExpectAsync(await Alice.Http.PostKeyedAsync("a", "/2/tweets", poll), 504, "outcome_unknown");

        Assert.False(problem.Retryable);
        Assert.Equal(1, X.Counters.Requests(Post));
    }

    [Fact]
    public async Task A_poll_that_was_made_is_found()
    {
        object poll = new { text = "which?", poll = new { options = (string[])["this", "that"], duration_minutes = 60 } };
        await ProxyHost.ReadAsync(await Alice.Http.PostKeyedAsync("plain", "which?")); // the same text without a poll is another post
        X.Faults.Add(
            new()
            {
                Endpoint = Post,
                CutOff = true,
                Times = 1,
            }
        );

        var found = await Alice.Http.PostKeyedAsync("a", "/2/tweets", poll);

        Assert.True(found.IsReconciled());
        Assert.Equal(2, X.Counters.PostsOf("which?"));
    }

    [Fact]
    public async Task A_reply_is_not_taken_for_the_same_text_elsewhere()
    {
        var original = await (await Alice.Http.PostKeyedAsync("original", "come and talk")).PostIdAsync();
        var plain = await (await Alice.Http.PostKeyedAsync("plain", "yes")).PostIdAsync();
        X.Faults.Add(
            new()
            {
                Endpoint = Post,
                LostResponse = true,
                Times = 1,
            }
        );

        var reply = await Alice.Http.PostKeyedAsync("reply", $"/v1/tweets/{original}/replies", new { text = "yes" });

        Assert.True(reply.IsReconciled());
        Assert.NotEqual(plain, await reply.PostIdAsync());
        Assert.Equal(2, X.Counters.PostsOf("yes"));
    }

    [Fact]
    public async Task A_like_is_simply_sent_again()
    {
        var id = await (await Alice.Http.PostKeyedAsync("post", "likeable")).PostIdAsync();
        X.Faults.Add(
            new()
            {
                Endpoint = "POST /2/users/{id}/likes",
                LostResponse = true,
                Times = 1,
            }
        );

        await Refusal.ExpectAsync(await PutAsync($"/v1/tweets/{id}/like"), 504, "outcome_in_doubt");
        var again = await PutAsync($"/v1/tweets/{id}/like");

        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.False(again.IsReplayed());
        Assert.True((await PutAsync($"/v1/tweets/{id}/like")).IsReplayed());
    }

    [Fact]
    public async Task What_X_would_do_twice_and_cannot_be_looked_up_is_not_sent_again()
    {
        X.Faults.Add(new() { Endpoint = "POST /2/users/{id}/bookmarks/folders", LostResponse = true });

        await Refusal.ExpectAsync(
            await Alice.Http.PostKeyedAsync("a", $"/2/users/{Alice.AccountId}/bookmarks/folders", new { name = "later" }),
            504,
            "outcome_unknown"
        );
        _clock.Advance(TimeSpan.FromHours(1));
        await Refusal.ExpectAsync(
            await Alice.Http.PostKeyedAsync("a", $"/2/users/{Alice.AccountId}/bookmarks/folders", new { name = "later" }),
            504,
            "outcome_unknown"
        );

        Assert.Equal(1, X.Counters.Requests("POST /2/users/{id}/bookmarks/folders"));
    }

    [Fact]
    public async Task An_answer_that_could_not_be_kept_is_given_all_the_same_and_found_again()
    {
        var writes = 0;
        await using var proxy = await ProxyHost.StartAsync(
            new()
            {
                Sandbox = X,
                Clock = _clock,
                Customize = builder =>
                    builder.TapStore<IdempotencyRecord>(store =>
                        store.BeforeWrite = (_, _) => ++writes == 2 ? throw new StoreUnavailableException("scripted") : Task.CompletedTask
                    ),
            }
        );
        var alice = await proxy.SignInAsync("alice");

        var first = await alice.Http.PostKeyedAsync("a", "hello");
        var again = await alice.Http.PostKeyedAsync("a", "hello");

        Assert.Equal((false, true), (first.IsReconciled(), again.IsReconciled()));
        Assert.Equal(await first.PostIdAsync(), await again.PostIdAsync());
        Assert.Equal(1, X.Counters.Requests(Post));
    }

    [Fact]
    public async Task A_retry_that_X_refuses_for_its_limits_leaves_the_first_sending_as_it_was()
    {
        X.Faults.Add(
            new()
            {
                Endpoint = Post,
                Variant = FaultVariant.UnavailableJson,
                Times = 1,
            }
        );
        await Alice.Http.PostKeyedAsync("a", "hello");
        _clock.Advance(ResendAfter);
        X.Faults.Add(
            new()
            {
                Endpoint = Post,
                Variant = FaultVariant.UsageCapped,
                Times = 1,
            }
        );
        Assert.Equal(HttpStatusCode.TooManyRequests, (await Alice.Http.PostKeyedAsync("a", "hello")).StatusCode);

        await Refusal.ExpectAsync(await Alice.Http.PostKeyedAsync("a", "other"), 422, "idempotency_key_reused");
        var looked = X.Counters.Requests(Timeline);

        Assert.Equal(HttpStatusCode.Created, (await Alice.Http.PostKeyedAsync("a", "hello")).StatusCode);
        Assert.Equal((looked + 1, 1), (X.Counters.Requests(Timeline), X.Counters.PostsOf("hello")));
    }

    private async Task<HttpResponseMessage> PutAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, path);
        request.Headers.Add("Idempotency-Key", "put");
        return await Alice.Http.SendAsync(request);
    }

    public sealed class OneProxy : SharedClockedProxy
    {
        private protected override SandboxOptions X => new() { RejectDuplicatePosts = false };

        private protected override ProxySetup Setup => new() { Settings = WithoutRetries };
    }
}
