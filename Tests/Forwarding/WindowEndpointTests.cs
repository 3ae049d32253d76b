using System.Globalization;
using System.Net;
using System.Text.Json;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Forwarding;

/// <summary>Windows learned from X's headers and kept by the proxy.</summary>
public sealed class WindowEndpointTests(SharedClockedProxy shared) : FreshAccountTest(shared), IClassFixture<SharedClockedProxy>
{
    private const string Me = "GET /2/users/me";

    private ManualClock Clock { get; } = shared.Clock;

    private long SeenByX => X.Counters.Requests(Me) - 1; // the sign-in asked once

    [Fact]
    public async Task The_first_call_too_many_never_reaches_X_and_is_told_exactly_when_to_come_back()
    {
        X.Limits.Set(Me, new() { PerUser = 3 });
        var opened = Clock.GetUtcNow();
        for (var i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.OK, (await GetAsync()).StatusCode);
        Clock.Advance(TimeSpan.FromSeconds(100));

        var refused = await GetAsync();

        var problem = await Problem.ReadAsync(refused);
        Assert.Equal((429, "rate_limited", true, 800), (problem.Status, problem.Reason, problem.Retryable, problem.RetryAfter));
        Assert.Equal(3, SeenByX);
        Assert.Equal("3", Header(refused, "x-rate-limit-limit"));
        Assert.Equal("0", Header(refused, "x-rate-limit-remaining"));
        Assert.Equal(
            (opened + TimeSpan.FromMinutes(15)).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            Header(refused, "x-rate-limit-reset")
        );
        Assert.Equal("\"15min\";r=0;t=800", Header(refused, "RateLimit"));
        Assert.Equal("\"15min\";q=3;w=900", Header(refused, "RateLimit-Policy"));
    }

    [Fact]
    public async Task At_the_told_second_the_window_is_open_again()
    {
        X.Limits.Set(Me, new() { PerUser = 1 });
        await GetAsync();
        var refused = await Problem.ReadAsync(await GetAsync());
        Clock.Advance(TimeSpan.FromSeconds(refused.RetryAfter!.Value - 1));
        Assert.Equal(HttpStatusCode.TooManyRequests, (await GetAsync()).StatusCode);

        Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(HttpStatusCode.OK, (await GetAsync()).StatusCode);
        Assert.Equal(0, X.Counters.Overspent);
    }

    [Fact]
    public async Task A_successful_answer_tells_what_is_left()
    {
        X.Limits.Set(Me, new() { PerUser = 10, PerUserDay = 25 });

        var answer = await GetAsync();

        Assert.Equal("\"15min\";r=9;t=900, \"account-24h\";r=24;t=86400", Header(answer, "RateLimit"));
        Assert.Equal("\"15min\";q=10;w=900, \"account-24h\";q=25;w=86400", Header(answer, "RateLimit-Policy"));
        Assert.Equal("24", Header(answer, "x-user-limit-24hour-remaining"));
    }

    [Fact]
    public async Task A_window_of_a_second_is_told_in_the_fields_by_which_clients_wait()
    {
        const string path = "/2/spaces/by/creator_ids?user_ids=1";
        using var spaces = (await Proxy.SignInAsync(Username, ["space.read", "tweet.read", "users.read"])).Http;
        Assert.Equal(HttpStatusCode.OK, (await spaces.GetAsync(path)).StatusCode);

        var refused = await spaces.GetAsync(path);

        Assert.Equal((429, 1), ((int)refused.StatusCode, (await Problem.ReadAsync(refused)).RetryAfter));
        Assert.Equal(("1", "0"), (Header(refused, "x-rate-limit-limit"), Header(refused, "x-rate-limit-remaining")));
        Assert.Equal("\"15min\";r=299;t=900, \"1s\";r=0;t=1", Header(refused, "RateLimit"));
        Assert.Equal("\"15min\";q=300;w=900, \"1s\";q=1;w=1", Header(refused, "RateLimit-Policy"));
        Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, (await spaces.GetAsync(path)).StatusCode);
    }

    [Fact]
    public async Task Of_several_exhausted_windows_the_one_that_resets_last_counts()
    {
        X.Limits.Set(Me, new() { PerUser = 2, PerUserDay = 2 });
        await GetAsync();
        await GetAsync();

        var refused = await GetAsync();

        Assert.Equal(24 * 60 * 60, (await Problem.ReadAsync(refused)).RetryAfter);
        Assert.Equal(("0", "0"), (Header(refused, "x-rate-limit-remaining"), Header(refused, "x-user-limit-24hour-remaining")));
    }

    [Fact]
    public async Task A_window_of_the_whole_app_holds_for_every_account()
    {
        await using var proxy = await OwnProxyAsync();
        var alice = await proxy.SignInAsync("alice");
        proxy.Sandbox.Limits.Set(Me, new() { PerUser = 100, PerAppDay = 2 });
        var bob = await proxy.SignInAsync("bob");
        await alice.Http.GetAsync("/2/users/me");
        await alice.Http.GetAsync("/2/users/me");
        var before = proxy.Sandbox.Counters.Requests(Me);

        var refused = await bob.Http.GetAsync("/2/users/me");

        var problem = await Problem.ReadAsync(refused);
        Assert.Equal((429, "rate_limited", 24 * 60 * 60), (problem.Status, problem.Reason, problem.RetryAfter));
        Assert.Equal("0", Header(refused, "x-app-limit-24hour-remaining"));
        Assert.Equal(before, proxy.Sandbox.Counters.Requests(Me));
    }

    [Fact]
    public async Task One_account_at_its_limit_leaves_others_theirs()
    {
        X.Limits.Set(Me, new() { PerUser = 1 });
        var bob = await Proxy.SignInAsync("bob");
        X.Limits.ResetWindows();
        await GetAsync();
        Assert.Equal(HttpStatusCode.TooManyRequests, (await GetAsync()).StatusCode);

        Assert.Equal(HttpStatusCode.OK, (await bob.Http.GetAsync("/2/users/me")).StatusCode);
    }

    [Fact]
    public async Task Many_calls_at_once_never_overspend_a_window()
    {
        X.Limits.Set(Me, new() { PerUser = 20 }); // the last two are for sign-ins
        await GetAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => GetAsync()));

        Assert.Equal(0, X.Counters.Overspent);
        Assert.Equal(18, SeenByX);
        Assert.Equal(
            (17, 83),
            (
                answers.Count(answer => answer.IsSuccessStatusCode),
                answers.Count(answer => answer.StatusCode is HttpStatusCode.TooManyRequests)
            )
        );
    }

    [Fact]
    public async Task A_429_without_headers_holds_the_endpoint_back_for_a_minute()
    {
        X.Limits.SendHeaders = false;
        X.Faults.Add(
            new()
            {
                Endpoint = Me,
                Variant = FaultVariant.RateLimited,
                Times = 1,
            }
        );
        var first = await GetAsync();
        Assert.Equal("application/problem+json; charset=utf-8", first.Content.Headers.ContentType?.ToString()); // X's own 429

        var refused = await GetAsync();

        var problem = await Problem.ReadAsync(refused);
        Assert.Equal(("rate_limited", 60), (problem.Reason, problem.RetryAfter));
        Assert.Equal(
            Clock.GetUtcNow().AddSeconds(60).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            Header(refused, "x-rate-limit-reset")
        );
        Assert.Equal(1, SeenByX);
        Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(HttpStatusCode.OK, (await GetAsync()).StatusCode);
    }

    [Fact]
    public async Task A_429_of_Xs_gains_the_Retry_After_that_X_leaves_out()
    {
        X.Limits.Set(Me, new() { PerUser = 5 });
        await GetAsync();
        X.Limits.Exhaust(Me, Username); // behind the proxy's back
        Clock.Advance(TimeSpan.FromSeconds(100));

        var limited = await GetAsync();

        Assert.Equal(HttpStatusCode.TooManyRequests, limited.StatusCode);
        Assert.Equal(2, SeenByX);
        Assert.Equal("800", Header(limited, "Retry-After"));
    }

    [Fact]
    public async Task A_usage_cap_holds_nothing_back_for_no_window_cures_it()
    {
        X.Faults.Add(
            new()
            {
                Endpoint = Me,
                Variant = FaultVariant.UsageCapped,
                Times = 1,
            }
        );
        var capped = await GetAsync();
        Assert.Equal(HttpStatusCode.TooManyRequests, capped.StatusCode);
        Assert.NotEqual("0", Header(capped, "x-rate-limit-remaining"));
        Assert.Null(Header(capped, "Retry-After"));

        Assert.Equal(HttpStatusCode.OK, (await GetAsync()).StatusCode);
        Assert.Equal(2, SeenByX);
    }

    [Fact]
    public async Task A_call_that_X_never_saw_costs_nothing_of_the_window()
    {
        await using var proxy = await OwnProxyAsync();
        var alice = await proxy.SignInAsync("alice");
        proxy.Sandbox.Limits.Set(Me, new() { PerUser = 10 });
        await alice.Http.GetAsync("/2/users/me");
        await proxy.Sandbox.DisposeAsync();

        var unreachable = await alice.Http.GetAsync("/2/users/me");

        Assert.Equal(HttpStatusCode.BadGateway, unreachable.StatusCode);
        Assert.StartsWith("\"15min\";r=9;", Header(unreachable, "RateLimit"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_limits_route_shows_every_window_the_account_has_opened()
    {
        await using var proxy = await OwnProxyAsync();
        var alice = await proxy.SignInAsync("alice");
        proxy.Sandbox.Limits.Set(Me, new() { PerUser = 10, PerAppDay = 50 });
        await alice.Http.GetAsync("/2/users/me");

        var limits = await ProxyHost.ReadAsync(await alice.Http.GetAsync("/v1/limits"));

        var windows = limits
            .GetProperty("windows")
            .EnumerateArray()
            .Where(window => window.GetProperty("endpoint_key").GetString() == Me)
            .ToList();
        Assert.Equal(["fifteen_minutes", "app_day"], windows.Select(window => window.GetProperty("kind").GetString()));
        Assert.Equal([9, 49], windows.Select(window => window.GetProperty("remaining").GetInt32()));
        Assert.All(windows, window => Assert.NotEqual(JsonValueKind.Null, window.GetProperty("reset_at").ValueKind));
    }

    /// <summary>For windows of the whole app, which every account feels, and for an X that is gone.</summary>
    private static Task<ProxyHost> OwnProxyAsync() => ProxyHost.StartAsync(new() { Clock = new ManualClock() });

    private Task<HttpResponseMessage> GetAsync() => Alice.Http.GetAsync("/2/users/me");

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;
}
