using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Limits;

/// <summary>Would this go now, and if not, when and why: told without calling X.</summary>
public sealed class DryRunTests(SharedClockedProxy shared) : FreshAccountTest(shared), IClassFixture<SharedClockedProxy>
{
    private const string Me = "GET /2/users/me";

    private ManualClock Clock { get; } = shared.Clock;

    [Fact]
    public async Task What_would_go_is_told_so_and_costs_nothing()
    {
        X.Limits.Set(Me, new() { PerUser = 3 });
        await Alice.Http.GetAsync("/2/users/me");
        var seen = X.Counters.Requests(Me);

        for (var i = 0; i < 5; i++)
            Assert.True((await AskAsync("get", "/2/users/me?user.fields=id")).GetProperty("would_go").GetBoolean());

        Assert.Equal(seen, X.Counters.Requests(Me));
        var asked = await AskAsync("GET", "/2/users/me");
        Assert.Equal(
            (Me, 2),
            (asked.GetProperty("endpoint_key").GetString(), asked.GetProperty("windows")[0].GetProperty("remaining").GetInt32())
        );
        Assert.Equal(JsonValueKind.Null, asked.GetProperty("reason").ValueKind);
    }

    [Fact]
    public async Task A_used_up_window_is_told_with_the_instant_at_which_the_call_would_go()
    {
        X.Limits.Set(Me, new() { PerUser = 1 });
        await Alice.Http.GetAsync("/2/users/me");
        Clock.Advance(TimeSpan.FromSeconds(100));

        var asked = await AskAsync("GET", "/2/users/me");

        AssertRefused("rate_limited", 429, true, 800, asked);
        Assert.Equal(Clock.GetUtcNow().AddSeconds(800), asked.GetProperty("at").GetDateTimeOffset());
        Clock.Advance(TimeSpan.FromSeconds(800));
        Assert.True((await AskAsync("GET", "/2/users/me")).GetProperty("would_go").GetBoolean());
        Assert.Equal(HttpStatusCode.OK, (await Alice.Http.GetAsync("/2/users/me")).StatusCode);
    }

    [Fact]
    public async Task A_used_up_window_of_the_whole_app_is_told()
    {
        await using var proxy = await ProxyHost.StartAsync(new() { Clock = new ManualClock() }); // or every account would feel it
        var alice = await proxy.SignInAsync("alice");
        proxy.Sandbox.Limits.Set(Me, new() { PerUser = 100, PerAppDay = 1 });
        await alice.Http.GetAsync("/2/users/me");
        AssertRefused("rate_limited", 429, true, 24 * 60 * 60, await AskAsync("GET", "/2/users/me", alice));
    }

    [Fact]
    public async Task A_background_call_is_told_what_is_kept_from_it()
    {
        X.Limits.Set("GET /2/users/by/username/{username}", new() { PerUser = 10 });
        for (var i = 0; i < 9; i++)
            await Alice.Http.GetAsync(Accounts.AnyCall);
        Assert.True((await AskAsync("GET", Accounts.AnyCall)).GetProperty("would_go").GetBoolean());

        Alice.Http.DefaultRequestHeaders.Add("Priority", "u=5");

        AssertRefused("rate_limited", 429, true, 900, await AskAsync("GET", Accounts.AnyCall));
    }

    [Fact]
    public async Task What_is_reserved_for_sign_ins_is_told()
    {
        X.Limits.Set(Me, new() { PerUser = 10 });
        for (var i = 0; i < 9; i++)
            await Alice.Http.GetAsync("/2/users/me");

        var asked = await AskAsync("GET", "/2/users/me");

        AssertRefused("rate_limited", 429, true, 900, asked);
        Assert.Contains("reserved for sign-ins", asked.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FaultVariant.CreditsDepleted, "credits_depleted", 402)]
    [InlineData(FaultVariant.PaymentRequired, "credits_depleted", 402)]
    [InlineData(FaultVariant.UsageCapped, "usage_capped", 429)]
    public async Task What_no_reset_brings_back_is_told_until_X_serves_a_call_again(FaultVariant refusal, string reason, int status)
    {
        X.Faults.Add(
            new()
            {
                Endpoint = Me,
                Variant = refusal,
                Times = 1,
            }
        );
        await Alice.Http.GetAsync("/2/users/me");

        var asked = await AskAsync("GET", "/2/users/me");

        AssertRefused(reason, status, false, null, asked);
        Assert.Contains("X says", asked.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await Alice.Http.GetAsync("/2/users/me")).StatusCode);
        Assert.True((await AskAsync("GET", "/2/users/me")).GetProperty("would_go").GetBoolean());
    }

    [Fact]
    public async Task A_missing_scope_is_told()
    {
        var reader = await Proxy.SignInAsync("bob", ["tweet.read", "users.read"]);
        AssertRefused("scope_missing", 403, false, null, await AskAsync("POST", "/2/tweets", reader));
    }

    [Fact]
    public async Task A_path_that_is_not_forwarded_is_told() =>
        AssertRefused("path_not_forwarded", 403, false, null, await AskAsync("GET", "/2/tweets/search/stream"));

    [Fact]
    public async Task A_template_stands_for_any_path_of_the_endpoint() =>
        Assert.Equal("POST /2/users/{id}/likes", (await AskAsync("POST", "/2/users/{id}/likes")).GetProperty("endpoint_key").GetString());

    [Fact]
    public async Task A_refresh_that_would_come_first_is_told_and_not_made()
    {
        await Alice.Http.GetAsync("/2/users/me");
        var before = X.Counters.RefreshAttemptsOf(Username);
        Clock.Advance(TimeSpan.FromHours(2));

        var asked = await AskAsync("GET", "/2/users/me");

        Assert.True(asked.GetProperty("would_go").GetBoolean());
        if (X.Counters.RefreshAttemptsOf(Username) == before)
            Assert.True(asked.GetProperty("refreshes_first").GetBoolean()); // else a round of care came first
    }

    [Theory]
    [InlineData("BREW", "/2/users/me", "method")]
    [InlineData("GET", "/v1/users/me", "path")]
    [InlineData("GET", "/2/../users/me", "path")]
    [InlineData(null, "/2/users/me", "method")]
    [InlineData("GET", null, "path")]
    public async Task What_is_no_call_is_refused_naming_the_field(string? method, string? path, string field)
    {
        var problem = await Problem.ReadAsync(await Alice.Http.PostAsJsonAsync("/v1/dry-run", new { method, path }));
        Assert.Equal((400, "invalid_request"), (problem.Status, problem.Reason));
        Assert.NotEmpty(problem.ErrorsOf(field));
    }

    [Fact]
    public async Task A_session_that_has_ended_learns_nothing()
    {
        await Alice.Http.DeleteAsync("/v1/session");
        Assert.Equal(
            "session_ended",
            (await Problem.ReadAsync(await Alice.Http.PostAsJsonAsync("/v1/dry-run", new { method = "GET", path = "/2/users/me" }))).Reason
        );
    }

    private static void AssertRefused(string reason, int status, bool retryable, int? retryAfter, JsonElement asked)
    {
        Assert.False(asked.GetProperty("would_go").GetBoolean());
        Assert.Equal(
            (reason, status, retryable),
            (asked.GetProperty("reason").GetString(), asked.GetProperty("status").GetInt32(), asked.GetProperty("retryable").GetBoolean())
        );
        Assert.Equal(
            retryAfter,
            asked.GetProperty("retry_after") is { ValueKind: JsonValueKind.Number } seconds ? seconds.GetInt32() : null
        );
    }

    private async Task<JsonElement> AskAsync(string method, string path, SignedIn? who = null) =>
        await ProxyHost.ReadAsync(await (who ?? Alice).Http.PostAsJsonAsync("/v1/dry-run", new { method, path }));
}
