using System.Net;
using System.Net.Http.Json;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Forwarding;

/// <summary>X answers 401 to a token the clock thinks good: one refresh, one more try.</summary>
public sealed class TokenReplacementEndpointTests(SharedClockedProxy shared) : FreshAccountTest(shared), IClassFixture<SharedClockedProxy>
{
    private ManualClock Clock { get; } = shared.Clock;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        Clock.Advance(TimeSpan.FromMinutes(10)); // the token is no longer so young that a 401 is believed
    }

    [Fact]
    public async Task A_read_is_repeated_with_a_new_token_and_the_caller_notices_nothing()
    {
        X.Accounts.ExpireTokens(Username);

        Assert.Equal(HttpStatusCode.OK, (await Alice.Http.GetAsync("/2/users/me")).StatusCode);
        Assert.Equal((1, 1), (X.Counters.RefreshesOf(Username), X.Counters.Responses("GET /2/users/me", 401)));
    }

    [Fact]
    public async Task So_is_a_write_for_X_did_not_act_on_it()
    {
        X.Accounts.ExpireTokens(Username);

        Assert.Equal(HttpStatusCode.Created, (await Alice.Http.PostAsJsonAsync("/2/tweets", new { text = "after all" })).StatusCode);
        Assert.Equal((1, 1), (X.Counters.RefreshesOf(Username), X.Counters.PostsOf("after all")));
    }

    [Fact]
    public async Task Many_calls_refused_together_are_cured_by_one_refresh()
    {
        X.Accounts.ExpireTokens(Username);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Alice.Http.GetAsync("/2/users/me")));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(1, X.Counters.RefreshesOf(Username));
    }

    [Fact]
    public async Task A_second_401_is_believed_and_passed_on()
    {
        X.Faults.Add(new() { Endpoint = "GET /2/users/me", Variant = FaultVariant.Unauthorized });
        var before = X.Counters.Requests("GET /2/users/me");

        var answer = await Alice.Http.GetAsync("/2/users/me");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("about:blank", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal); // X's own words
        Assert.Equal((before + 2, 1), (X.Counters.Requests("GET /2/users/me"), X.Counters.RefreshesOf(Username)));
    }

    [Fact]
    public async Task An_X_that_refuses_every_token_does_not_cost_one_refresh_a_call()
    {
        X.Faults.Add(new() { Endpoint = "GET /2/users/me", Variant = FaultVariant.Unauthorized });

        for (var i = 0; i < 10; i++)
            await Alice.Http.GetAsync("/2/users/me");

        Assert.Equal(1, X.Counters.RefreshesOf(Username));
    }

    [Fact]
    public async Task A_user_who_has_removed_the_app_has_to_sign_in_again()
    {
        X.Accounts.Revoke(Username);

        var problem = await Problem.ReadAsync(await Alice.Http.GetAsync("/2/users/me"));

        Assert.Equal((401, "reconnect_needed"), (problem.Status, problem.Reason));
    }
}
