using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Forwarding;

/// <summary>What callers are told when X does not answer as it should, and what X is told when callers leave.</summary>
public sealed class UpstreamFaultEndpointTests(SharedClockedProxy shared) : FreshAccountTest(shared), IClassFixture<SharedClockedProxy>
{
    private ManualClock Clock { get; } = shared.Clock;

    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_read_that_X_never_answers_ends_as_upstream_timeout()
    {
        var stall = X.Faults.Add(new() { Endpoint = "GET /2/users/me", Stall = true });
        var call = Alice.Http.GetAsync("/v1/users/me");
        await X.Faults.WaitUntilHitAsync(stall);
        Clock.Advance(RequestTimeout);

        var problem = await Problem.ReadAsync(await call);

        Assert.Equal((504, "upstream_timeout", true, 1), (problem.Status, problem.Reason, problem.Retryable, problem.RetryAfter));
    }

    [Fact]
    public async Task A_read_that_X_answers_just_in_time_succeeds()
    {
        var stall = X.Faults.Add(new() { Endpoint = "GET /2/users/me", Stall = true });
        var call = Alice.Http.GetAsync("/v1/users/me");
        await X.Faults.WaitUntilHitAsync(stall);
        Clock.Advance(RequestTimeout - TimeSpan.FromMilliseconds(1));
        X.Faults.Release();

        Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);
    }

    [Fact]
    public async Task A_write_that_X_never_answers_has_an_unknown_outcome_and_is_not_repeated()
    {
        var stall = X.Faults.Add(new() { Endpoint = "POST /2/tweets", StallAfterEffect = true });
        var call = Alice.Http.PostAsJsonAsync("/v1/tweets", new { text = "once" });
        await X.Faults.WaitUntilHitAsync(stall);
        Clock.Advance(RequestTimeout);

        var problem = await Problem.ReadAsync(await call);

        Assert.Equal((504, "outcome_unknown", false), (problem.Status, problem.Reason, problem.Retryable));
        Assert.Equal((1, 1), (X.Counters.PostsOf("once"), X.Counters.Requests("POST /2/tweets")));
    }

    [Fact]
    public async Task A_write_whose_answer_is_lost_has_an_unknown_outcome_and_is_not_repeated()
    {
        X.Faults.Add(new() { Endpoint = "POST /2/tweets", LostResponse = true });

        var problem = await Problem.ReadAsync(await Alice.Http.PostAsJsonAsync("/2/tweets", new { text = "lost" }));

        Assert.Equal((504, "outcome_unknown"), (problem.Status, problem.Reason));
        Assert.Equal((1, 1), (X.Counters.PostsOf("lost"), X.Counters.Requests("POST /2/tweets")));
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_not_passed_as_if_it_were_whole()
    {
        X.Faults.Add(new() { Endpoint = "GET /2/users/me", CutOff = true });

        var problem = await Problem.ReadAsync(await Alice.Http.GetAsync("/2/users/me"));

        Assert.Equal((502, "upstream_broken", true), (problem.Status, problem.Reason, problem.Retryable));
    }

    [Fact]
    public async Task A_write_whose_answer_breaks_off_has_an_unknown_outcome()
    {
        X.Faults.Add(new() { Endpoint = "POST /2/tweets", CutOff = true });

        var problem = await Problem.ReadAsync(await Alice.Http.PostAsJsonAsync("/2/tweets", new { text = "cut" }));

        Assert.Equal((504, "outcome_unknown"), (problem.Status, problem.Reason));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Without_a_connection_X_has_seen_nothing_and_the_call_may_be_repeated(string method)
    {
        await using var proxy = await ProxyHost.StartAsync(new() { Clock = new ManualClock() });
        var alice = await proxy.SignInAsync("alice");
        await proxy.Sandbox.DisposeAsync();

        var problem = await Problem.ReadAsync(await alice.Http.SendAsync(new(new(method), "/2/tweets")));

        Assert.Equal((502, "upstream_unreachable", true, 1), (problem.Status, problem.Reason, problem.Retryable, problem.RetryAfter));
    }

    [Fact]
    public async Task A_caller_that_hangs_up_takes_its_call_at_X_along()
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var proxy = await RecordedProxy.StartAsync();
        proxy.X.Answer = async context =>
        {
            using var registration = context.RequestAborted.Register(gone.SetResult);
            arrived.SetResult();
            await gone.Task;
        };
        using var caller = await RawConnection.OpenAsync(proxy.Proxy.Url);
        await caller.SendHeadAsync("GET /2/users/me", proxy.Alice.Token);
        await arrived.Task;

        caller.HangUp();

        await gone.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_caller_that_hangs_up_half_way_through_its_body_is_no_error_of_the_proxys()
    {
        using var logs = new CapturedLogs();
        await using var proxy = await ProxyHost.StartAsync(
            new()
            {
                Settings = new Dictionary<string, string>
                {
                    ["Logging:LogLevel:Default"] = "Trace",
                    ["Logging:LogLevel:Microsoft"] = "Trace",
                    ["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "Trace",
                },
                Customize = logs.AddTo,
            }
        );
        var alice = await proxy.SignInAsync("alice");
        var reading = logs.NextAsync(entry =>
            entry.Category.EndsWith("EndpointMiddleware", StringComparison.Ordinal)
            && entry.Message.StartsWith("Executing", StringComparison.Ordinal)
        );
        var over = logs.NextAsync(entry =>
            entry.Category == "Microsoft.AspNetCore.Hosting.Diagnostics"
            && entry.Message.StartsWith("Request finished", StringComparison.Ordinal)
        );
        using var caller = await RawConnection.OpenAsync(proxy.Url);
        await caller.SendHeadAsync("POST /2/media/upload", alice.Token, "Content-Length: 1000000");
        await caller.SendAsync(new byte[1000]);
        await reading;

        caller.HangUp();

        await over;
        // The server's own category is left out: its drain of an abandoned body races with the reset, and it says so now and then.
        Assert.DoesNotContain(logs.Entries, entry =>
            entry.Level >= Microsoft.Extensions.Logging.LogLevel.Error && entry.Category != "Microsoft.AspNetCore.Server.Kestrel"
        );
    }
}
