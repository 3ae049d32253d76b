using System.Net;
using System.Net.Http.Json;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Forwarding;

/// <summary>What is sent again when X fails for a moment, and what never is.</summary>
public sealed class RetryTests(SharedClockedProxy shared) : FreshAccountTest(shared), IClassFixture<SharedClockedProxy>
{
    private const string User = "GET /2/users/by/username/{username}";

    [Theory]
    [InlineData(FaultVariant.ServerErrorJson)]
    [InlineData(FaultVariant.UnavailableJson)]
    [InlineData(FaultVariant.Html)]
    [InlineData(FaultVariant.Empty)]
    public async Task A_read_that_X_fails_on_twice_succeeds(FaultVariant variant)
    {
        X.Faults.Add(
            new()
            {
                Endpoint = User,
                Variant = variant,
                Times = 2,
            }
        );

        await ProxyHost.ReadAsync(await ReadAsync());

        Assert.Equal(3, X.Counters.Requests(User));
    }

    [Fact]
    public async Task A_read_whose_answer_is_lost_or_cut_off_succeeds()
    {
        X.Faults.Add(
            new()
            {
                Endpoint = User,
                LostResponse = true,
                Times = 1,
            }
        );
        X.Faults.Add(
            new()
            {
                Endpoint = User,
                CutOff = true,
                Times = 1,
            }
        );

        await ProxyHost.ReadAsync(await ReadAsync());

        Assert.Equal(3, X.Counters.Requests(User));
    }

    [Fact]
    public async Task When_X_fails_on_every_try_its_last_answer_is_the_callers()
    {
        X.Faults.Add(
            new()
            {
                Endpoint = User,
                Variant = FaultVariant.UnavailableJson,
                Times = 2,
            }
        );
        X.Faults.Add(
            new()
            {
                Endpoint = User,
                Variant = FaultVariant.ServerErrorJson,
                Times = 1,
            }
        );

        Assert.Equal(HttpStatusCode.InternalServerError, (await ReadAsync()).StatusCode);

        Assert.Equal(3, X.Counters.Requests(User));
    }

    [Theory]
    [InlineData(FaultVariant.CreditsDepleted)]
    [InlineData(FaultVariant.PaymentRequired)]
    [InlineData(FaultVariant.Forbidden)]
    [InlineData(FaultVariant.Policy)]
    [InlineData(FaultVariant.NotFound)]
    [InlineData(FaultVariant.InvalidRequest)]
    [InlineData(FaultVariant.RateLimited)]
    [InlineData(FaultVariant.UsageCapped)]
    public async Task A_refusal_of_X_is_an_answer_and_is_asked_for_once(FaultVariant variant)
    {
        X.Faults.Add(new() { Endpoint = User, Variant = variant });

        Assert.InRange((int)(await ReadAsync()).StatusCode, 400, 499);

        Assert.Equal(1, X.Counters.Requests(User));
    }

    [Theory]
    [InlineData(FaultVariant.ServerErrorJson)]
    [InlineData(FaultVariant.UnavailableJson)]
    [InlineData(FaultVariant.Empty)]
    public async Task A_write_that_X_answered_with_an_error_is_not_sent_again(FaultVariant variant)
    {
        X.Faults.Add(
            new()
            {
                Endpoint = "POST /2/tweets",
                Variant = variant,
                Times = 1,
            }
        );

        Assert.InRange((int)(await Alice.Http.PostAsJsonAsync("/2/tweets", new { text = "once" })).StatusCode, 500, 599);

        Assert.Equal(1, X.Counters.Requests("POST /2/tweets"));
    }

    [Fact]
    public async Task Each_try_takes_its_own_permit_and_one_that_finds_none_is_not_made()
    {
        X.Limits.Set(User, new() { PerUser = 2 });
        X.Faults.Add(new() { Endpoint = User, Variant = FaultVariant.UnavailableJson }); // X counts what it fails on

        var answer = await ReadAsync();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        // X's own, no refusal of ours.
        Assert.DoesNotContain("orleans-twitter-proxy", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal((2, 0), (X.Counters.Requests(User), X.Counters.Overspent));
    }

    [Fact]
    public async Task A_caller_that_hangs_up_between_two_tries_ends_them()
    {
        var proxy = await ProxyHost.StartAsync(
            new()
            {
                Clock = new ManualClock(), // on which no wait ever ends
                Settings = new Dictionary<string, string> { ["Retries:BaseDelay"] = "00:00:10" },
            }
        );
        var alice = await proxy.SignInAsync("alice");
        using var caller = new CancellationTokenSource();
        var answered = proxy.Sandbox.Faults.Add(new() { Endpoint = User, Variant = FaultVariant.UnavailableJson });
        var call = alice.Http.GetAsync(Accounts.AnyCall, caller.Token);
        await proxy.Sandbox.Faults.WaitUntilHitAsync(answered);

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await proxy.DisposeAsync(); // which waits for calls in flight
        Assert.Equal(1, proxy.Sandbox.Counters.Requests(User));
    }

    private Task<HttpResponseMessage> ReadAsync() => Alice.Http.GetAsync(Accounts.AnyCall);
}
