using System.Net;
using System.Text.Json;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Queueing;

/// <summary>Waiting instead of being refused, as callers see it.</summary>
public sealed class QueueEndpointTests(SharedClockedProxy shared) : FreshAccountTest(shared), IClassFixture<SharedClockedProxy>
{
    private const string User = "GET /2/users/by/username/{username}";

    private ManualClock Clock { get; } = shared.Clock;

    [Fact]
    public async Task A_call_that_prefers_to_wait_goes_when_the_window_opens_and_says_how_long_it_took()
    {
        await UseUpAsync();
        var call = Alice.WaitAsync(Accounts.AnyCall, seconds: 60);
        await Alice.InLineAsync(1);
        Assert.Equal(5, X.Counters.Requests(User));

        Clock.Advance(TimeSpan.FromSeconds(30));

        var answer = await call;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("wait=60", answer.Header("Preference-Applied"));
        Assert.StartsWith("queue;dur=30000.0, ", answer.Header("Server-Timing"), StringComparison.Ordinal);
        Assert.Equal((6, 0), (X.Counters.Requests(User), X.Counters.Overspent));
    }

    [Fact]
    public async Task A_reset_beyond_the_wait_is_refused_at_once()
    {
        await UseUpAsync();

        var refused = await Alice.WaitAsync(Accounts.AnyCall, seconds: 29);

        var problem = await Problem.ReadAsync(refused);
        Assert.Equal((429, "rate_limited", true, 30), (problem.Status, problem.Reason, problem.Retryable, problem.RetryAfter));
        Assert.Contains("number 1 in the line and go in about 30 s", problem.Detail, StringComparison.Ordinal);
        Assert.Equal("wait=29", refused.Header("Preference-Applied"));
    }

    [Fact]
    public async Task A_call_that_waits_ends_with_its_session_and_not_with_another()
    {
        await UseUpAsync();
        var other = await Proxy.SignInAsync(Username);
        var ending = Alice.WaitAsync(Accounts.AnyCall, seconds: 60);
        var staying = other.WaitAsync(Accounts.AnyCall, seconds: 60);
        await other.InLineAsync(2);

        await ProxyHost.ReadAsync(await Alice.Http.DeleteAsync("/v1/session"));

        await Refusal.ExpectAsync(await ending, 401, "session_ended");
        await other.InLineAsync(1);
        Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(HttpStatusCode.OK, (await staying).StatusCode);
    }

    [Fact]
    public async Task Without_the_preference_nobody_waits_and_nothing_is_said_of_it()
    {
        await UseUpAsync();

        var refused = await Alice.WaitAsync(Accounts.AnyCall, seconds: null);

        Assert.Equal(
            "X's limit for GET /2/users/by/username/{username} is used up for this account.",
            (await Problem.ReadAsync(refused)).Detail
        );
        Assert.Null(refused.Header("Preference-Applied"));
    }

    [Fact]
    public async Task No_call_waits_longer_than_the_ceiling()
    {
        Assert.Equal("wait=300", (await Alice.WaitAsync(Accounts.AnyCall, seconds: 86_400)).Header("Preference-Applied"));
    }

    [Fact]
    public async Task A_call_that_waits_finds_its_place_and_time_by_the_name_it_was_given()
    {
        await UseUpAsync();
        var first = Alice.WaitAsync(Accounts.AnyCall, name: "first");
        await Alice.InLineAsync(1);
        var second = Alice.WaitAsync(Accounts.AnyCall, name: "second", seconds: 300);
        await Alice.InLineAsync(2);
        var urgent = Alice.WaitAsync(Accounts.AnyCall, name: "urgent", urgency: 1);
        await Alice.InLineAsync(3);

        var line = await Alice.LineAsync();

        Assert.Equal(User, line.GetProperty("endpoint_key").GetString());
        var own = line.GetProperty("own").EnumerateArray().ToList();
        Assert.Equal(["urgent", "first", "second"], own.Select(call => call.GetProperty("request_id").GetString()));
        Assert.Equal([1, 2, 3], own.Select(call => call.GetProperty("place").GetInt32()));
        Assert.Equal(
            [30, 30, 30],
            own.Select(call => (call.GetProperty("expected_at").GetDateTimeOffset() - Clock.GetUtcNow()).TotalSeconds)
        );
        Assert.Equal(
            [60, 60, 300],
            own.Select(call => (call.GetProperty("leaves_at").GetDateTimeOffset() - Clock.GetUtcNow()).TotalSeconds)
        );
        var bob = await Proxy.SignInAsync("bob");
        Assert.Equal(JsonValueKind.Undefined, (await bob.LineAsync()).ValueKind);
        Clock.Advance(TimeSpan.FromSeconds(30));
        foreach (var call in (Task<HttpResponseMessage>[])[first, second, urgent])
            await ProxyHost.ReadAsync(await call);
    }

    [Fact]
    public async Task A_caller_that_leaves_gives_its_place_back_at_once()
    {
        await UseUpAsync();
        using var caller = new CancellationTokenSource();
        var leaving = Alice.WaitAsync(Accounts.AnyCall, cancellationToken: caller.Token);
        await Alice.InLineAsync(1);

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        await Alice.InLineAsync(0);
        Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(5, X.Counters.Requests(User));
    }

    [Fact]
    public async Task A_429_of_X_sends_the_call_back_into_the_line()
    {
        X.Limits.SendHeaders = false;
        X.Faults.Add(
            new()
            {
                Endpoint = User,
                Variant = FaultVariant.RateLimited,
                Times = 1,
            }
        );
        var call = Alice.WaitAsync(Accounts.AnyCall, seconds: 120);
        await Alice.InLineAsync(1); // held back for a minute, as X named no reset

        Clock.Advance(TimeSpan.FromSeconds(60));

        await ProxyHost.ReadAsync(await call);
        Assert.Equal(2, X.Counters.Requests(User));
    }

    [Fact]
    public async Task A_429_that_no_waiting_cures_is_not_waited_for()
    {
        X.Faults.Add(
            new()
            {
                Endpoint = User,
                Variant = FaultVariant.UsageCapped,
                Times = 1,
            }
        );

        Assert.Equal(HttpStatusCode.TooManyRequests, (await Alice.WaitAsync(Accounts.AnyCall, seconds: 120)).StatusCode);

        Assert.Equal(1, X.Counters.Requests(User));
    }

    [Fact]
    public async Task When_the_proxy_stops_everybody_who_waits_is_told()
    {
        var proxy = await ProxyHost.StartAsync(new() { Clock = Clock });
        var alice = await proxy.SignInAsync("alice");
        await UseUpAsync(proxy.Sandbox, alice);
        var calls = Enumerable.Range(0, 3).Select(_ => alice.WaitAsync(Accounts.AnyCall)).ToList();
        await alice.InLineAsync(3);

        await proxy.DisposeAsync();

        foreach (var call in calls)
        {
            var problem = await Problem.ReadAsync(await call);
            Assert.Equal((503, "shutting_down", true), (problem.Status, problem.Reason, problem.Retryable));
        }
    }

    [Fact]
    public async Task A_client_may_have_its_calls_wait_unless_they_say_otherwise()
    {
        await using var proxy = await ProxyHost.StartAsync(
            new()
            {
                Clock = Clock,
                Settings = new Dictionary<string, string>
                {
                    ["Clients:patient:ApiKeys:0"] = ApiKey.Hash(ProxyHost.ApiKey),
                    ["Clients:patient:Wait"] = "00:01:00",
                },
            }
        );
        var alice = await proxy.SignInAsync("alice");
        await UseUpAsync(proxy.Sandbox, alice);
        Assert.Equal("rate_limited", (await Problem.ReadAsync(await alice.WaitAsync(Accounts.AnyCall, seconds: 0))).Reason);
        var call = alice.WaitAsync(Accounts.AnyCall, seconds: null);
        await alice.InLineAsync(1);

        Clock.Advance(TimeSpan.FromSeconds(30));

        await ProxyHost.ReadAsync(await call);
    }

    private Task UseUpAsync() => UseUpAsync(X, Alice);

    // And then it is half a minute until the reset.
    private async Task UseUpAsync(SandboxServer x, SignedIn session)
    {
        x.Limits.Set(User, new() { PerUser = 5 });
        for (var i = 0; i < 5; i++)
            await ProxyHost.ReadAsync(await session.Http.GetAsync(Accounts.AnyCall));
        Clock.Advance(TimeSpan.FromSeconds(870));
    }
}
