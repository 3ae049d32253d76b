using System.Net;
using System.Net.Http.Headers;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Queueing;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Idempotency;

/// <summary>A write that carries a key and is sent again: the first answer, and X is asked once.</summary>
public sealed class KeyedWriteTests(KeyedWriteTests.OneProxy shared) : FreshAccountTest(shared), IClassFixture<KeyedWriteTests.OneProxy>
{
    private const string Post = "POST /2/tweets";

    private readonly ManualClock _clock = shared.Clock;

    [Fact]
    public async Task The_same_request_under_the_same_key_gets_the_first_answer_again()
    {
        var first = await Alice.Http.PostKeyedAsync("a", "hello");
        var again = await Alice.Http.PostKeyedAsync("a", "hello");

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (first.StatusCode, again.StatusCode));
        Assert.Equal(await first.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
        Assert.Equal(first.Content.Headers.ContentType, again.Content.Headers.ContentType);
        Assert.Equal(first.Headers.GetValues("x-transaction-id"), again.Headers.GetValues("x-transaction-id"));
        Assert.Equal((false, true), (first.IsReplayed(), again.IsReplayed()));
        Assert.False(again.Headers.Contains("x-rate-limit-remaining")); // X was not asked
        Assert.Equal(1, X.Counters.Requests(Post));
    }

    [Fact]
    public async Task Without_a_key_and_under_another_key_a_write_is_a_write_of_its_own()
    {
        await ProxyHost.ReadAsync(await Alice.Http.PostKeyedAsync("a", "hello"));
        await ProxyHost.ReadAsync(await Alice.Http.PostKeyedAsync("b", "hello"));
        await ProxyHost.ReadAsync(
            await Alice.Http.PostAsync(
                "/2/tweets",
                new StringContent("""{"text":"hello"}""", MediaTypeHeaderValue.Parse("application/json"))
            )
        );

        Assert.Equal(3, X.Counters.PostsOf("hello"));
    }

    [Fact]
    public async Task The_simple_route_keeps_its_keys_as_the_transparent_one_does()
    {
        var first = await Alice.Http.PostKeyedAsync("a", "/v1/tweets", new { text = "simple" });
        var again = await Alice.Http.PostKeyedAsync("a", "/v1/tweets", new { text = "simple" });

        Assert.Equal(await first.PostIdAsync(), await again.PostIdAsync());
        Assert.Equal(1, X.Counters.Requests(Post));
    }

    [Fact]
    public async Task Another_request_under_the_same_key_is_refused()
    {
        await ProxyHost.ReadAsync(await Alice.Http.PostKeyedAsync("a", "one"));

        var problem = await Refusal.ExpectAsync(await Alice.Http.PostKeyedAsync("a", "two"), 422, "idempotency_key_reused");
        await Refusal.ExpectAsync(
            await Alice.Http.PostKeyedAsync("a", "/2/users/1/likes", new { text = "one" }),
            422,
            "idempotency_key_reused"
        );

        Assert.False(problem.Retryable);
        Assert.Equal(0, X.Counters.PostsOf("two"));
    }

    [Fact]
    public async Task Quotes_around_a_key_are_not_part_of_it()
    {
        var bare = await Alice.Http.PostKeyedAsync("k-1", "quoted");
        var quoted = await Alice.Http.PostKeyedAsync("\"k-1\"", "quoted");

        Assert.Equal(await bare.PostIdAsync(), await quoted.PostIdAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("\"\"")]
    [InlineData("a\"b")]
    [InlineData("TOO LONG")]
    public async Task A_key_that_is_none_is_refused(string key)
    {
        if (key == "TOO LONG")
            key = new('k', 256);

        await Refusal.ExpectAsync(await Alice.Http.PostKeyedAsync(key, "hello"), 400, "invalid_request");

        Assert.Equal(0, X.Counters.Requests(Post));
    }

    [Fact]
    public async Task On_a_read_a_key_says_nothing()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Accounts.AnyCall);
        request.Headers.TryAddWithoutValidation("Idempotency-Key", "no key at all");

        Assert.Equal(HttpStatusCode.OK, (await Alice.Http.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task Whoever_sends_the_same_while_the_first_is_under_way_waits_for_its_answer()
    {
        var stall = X.Faults.Add(new() { Endpoint = Post, Stall = true });
        var first = Alice.Http.PostKeyedAsync("a", "hello");
        await X.Faults.WaitUntilHitAsync(stall);
        var others = Enumerable.Range(0, 5).Select(_ => Alice.Http.PostKeyedAsync("a", "hello")).ToList();
        await Refusal.ExpectAsync(await Alice.Http.PostKeyedAsync("a", "other"), 422, "idempotency_key_reused");
        X.Faults.Remove(stall);

        var id = await (await first).PostIdAsync();
        foreach (var other in others)
        {
            Assert.Equal(id, await (await other).PostIdAsync());
            Assert.True((await other).IsReplayed());
        }

        Assert.Equal(1, X.Counters.Requests(Post));
    }

    [Fact]
    public async Task A_caller_that_hangs_up_does_not_cancel_a_write_that_it_may_send_again()
    {
        var stall = X.Faults.Add(
            new()
            {
                Endpoint = Post,
                Stall = true,
                Times = 1,
            }
        );
        using var hangUp = new CancellationTokenSource();
        var first = Alice.Http.PostKeyedAsync("a", "/2/tweets", new { text = "hello" }, hangUp.Token);
        await X.Faults.WaitUntilHitAsync(stall);
        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        X.Faults.Release();

        var again = await Alice.Http.PostKeyedAsync("a", "hello");

        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        Assert.True(again.IsReplayed());
        Assert.Equal((1, 1), (X.Counters.PostsOf("hello"), X.Counters.Requests(Post)));
    }

    [Fact]
    public async Task A_caller_that_hangs_up_while_its_write_waits_in_line_gives_the_place_back()
    {
        X.Limits.Set(Post, new() { PerUser = 1 });
        await Alice.Http.PostKeyedAsync("a", "hello");
        _clock.Advance(TimeSpan.FromMinutes(14));
        Alice.Http.DefaultRequestHeaders.Add("Prefer", "wait=300");
        using var hangUp = new CancellationTokenSource();
        var waits = Alice.Http.PostKeyedAsync("b", "/2/tweets", new { text = "more" }, hangUp.Token);
        await Alice.InLineAsync(1);

        await hangUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waits);
        await Alice.InLineAsync(0);
    }

    [Fact]
    public async Task A_refusal_of_Xs_is_the_answer_too()
    {
        X.Faults.Add(
            new()
            {
                Endpoint = Post,
                Variant = FaultVariant.Policy,
                Times = 1,
            }
        );
        var first = await Alice.Http.PostKeyedAsync("a", "hello");
        var again = await Alice.Http.PostKeyedAsync("a", "hello");

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (first.StatusCode, again.StatusCode));
        Assert.Equal(await first.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
        Assert.Equal((1, 0), (X.Counters.Requests(Post), X.Counters.PostsOf("hello")));
    }

    [Theory]
    [InlineData(FaultVariant.UsageCapped, 429)]
    [InlineData(FaultVariant.CreditsDepleted, 402)]
    public async Task What_X_has_not_acted_on_may_be_sent_again_under_the_same_key(FaultVariant variant, int status)
    {
        X.Faults.Add(
            new()
            {
                Endpoint = Post,
                Variant = variant,
                Times = 1,
            }
        );

        Assert.Equal(status, (int)(await Alice.Http.PostKeyedAsync("a", "hello")).StatusCode);
        var again = await Alice.Http.PostKeyedAsync("a", "hello");

        Assert.Equal((HttpStatusCode.Created, false), (again.StatusCode, again.IsReplayed()));
        Assert.Equal(1, X.Counters.PostsOf("hello"));
    }

    [Fact]
    public async Task An_answer_is_given_again_though_the_window_is_used_up()
    {
        X.Limits.Set(Post, new() { PerUser = 1 });
        var id = await (await Alice.Http.PostKeyedAsync("a", "hello")).PostIdAsync();
        await Refusal.ExpectAsync(await Alice.Http.PostKeyedAsync("b", "more"), 429, "rate_limited");

        Assert.Equal(id, await (await Alice.Http.PostKeyedAsync("a", "hello")).PostIdAsync());
        _clock.Advance(TimeSpan.FromMinutes(15));
        Assert.False((await Alice.Http.PostKeyedAsync("b", "more")).IsReplayed()); // what was refused here was never put down
    }

    [Fact]
    public async Task An_answer_is_given_again_by_the_next_process()
    {
        await using var world = await DurableWorld.StartAsync();
        string id,
            token;
        await using (var before = await world.StartProxyAsync())
        {
            var alice = await before.SignInAsync("alice");
            (id, token) = (await (await alice.Http.PostKeyedAsync("a", "hello")).PostIdAsync(), alice.Token);
        }

        await using var proxy = await world.StartProxyAsync();
        using var session = proxy.NewClient();
        session.DefaultRequestHeaders.Authorization = new("Bearer", token);

        var again = await session.PostKeyedAsync("a", "hello");

        Assert.Equal((id, true), (await again.PostIdAsync(), again.IsReplayed()));
        Assert.Equal(1, world.Sandbox.Counters.Requests(Post));
    }

    [Fact]
    public async Task After_its_time_a_key_is_a_new_one()
    {
        var first = await (await Alice.Http.PostKeyedAsync("a", "hello")).PostIdAsync();
        _clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        Assert.Equal(first, await (await Alice.Http.PostKeyedAsync("a", "hello")).PostIdAsync());
        _clock.Advance(TimeSpan.FromSeconds(1));

        var later = await Alice.Http.PostKeyedAsync("a", "goodbye");

        Assert.Equal(HttpStatusCode.Created, later.StatusCode);
        Assert.Equal(1, X.Counters.PostsOf("goodbye"));
    }

    [Fact]
    public async Task Two_clients_may_call_different_writes_the_same()
    {
        await using var proxy = await ProxyHost.StartAsync(
            new()
            {
                Sandbox = X,
                Settings = new Dictionary<string, string>
                {
                    ["Clients:one:ApiKeys:0"] = ApiKey.Hash("key-one"),
                    ["Clients:two:ApiKeys:0"] = ApiKey.Hash("key-two"),
                },
            }
        );
        foreach (var client in (string[])["one", "two"])
        {
            using var session = proxy.NewClient();
            session.Carry(
                await ProxyHost.ReadAsync(
                    await session.GetAsync(await session.ConsentAsync(await session.BeginAsync(apiKey: "key-" + client)))
                )
            );
            Assert.False((await session.PostKeyedAsync("a", client)).IsReplayed());
        }

        Assert.Equal((1, 1), (X.Counters.PostsOf("one"), X.Counters.PostsOf("two")));
    }

    [Fact]
    public async Task While_nothing_can_be_put_down_X_is_not_asked()
    {
        await using var proxy = await ProxyHost.StartAsync(
            new()
            {
                Sandbox = X,
                Clock = _clock,
                Customize = builder =>
                    builder.TapStore<IdempotencyRecord>(store =>
                        store.BeforeWrite = (_, _) => throw new StoreUnavailableException("scripted")
                    ),
            }
        );
        var alice = await proxy.SignInAsync("alice");

        await Refusal.ExpectAsync(await alice.Http.PostKeyedAsync("a", "hello"), 503, "storage_unavailable");

        Assert.Equal(0, X.Counters.Requests(Post));
        Assert.Equal(
            HttpStatusCode.Created,
            (
                await alice.Http.PostAsync(
                    "/2/tweets",
                    new StringContent("""{"text":"hello"}""", MediaTypeHeaderValue.Parse("application/json"))
                )
            ).StatusCode
        );
    }

    [Fact]
    public async Task What_is_kept_names_neither_key_nor_client()
    {
        var rows = new List<string>();
        await using var proxy = await ProxyHost.StartAsync(
            new()
            {
                Sandbox = X,
                Customize = builder =>
                    builder.TapStore<IdempotencyRecord>(store =>
                        store.AfterWrite = (key, record) =>
                        {
                            lock (rows)
                                rows.Add(key + RecordJson.Write(record!));
                            return Task.CompletedTask;
                        }
                    ),
            }
        );
        var alice = await proxy.SignInAsync("alice");
        await ProxyHost.ReadAsync(await alice.Http.PostKeyedAsync("telltale-key", "hello"));

        Assert.Equal(2, rows.Count); // the intent, the answer
        Assert.All(rows, row => Assert.DoesNotContain("telltale", row, StringComparison.Ordinal));
    }

    public sealed class OneProxy : SharedClockedProxy
    {
        private protected override SandboxOptions X => new() { RejectDuplicatePosts = false };
    }
}
