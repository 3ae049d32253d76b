using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.App;

/// <summary>Calls with the app's own token: a client makes them with its API key alone.</summary>
public sealed class AppOnlyTests(SharedClockedProxy shared) : FreshAccountTest(shared), IClassFixture<SharedClockedProxy>
{
    private const string Rules = "/2/tweets/search/stream/rules";
    private const string RulesKey = $"GET {Rules}";

    private readonly ManualClock _clock = shared.Clock;

    [Theory]
    [InlineData("X-Api-Key", ProxyHost.ApiKey)]
    [InlineData("Authorization", $"Bearer {ProxyHost.ApiKey}")]
    public async Task The_api_key_alone_calls_what_X_serves_to_the_app_and_X_sees_the_apps_token(string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Rules);
        request.Headers.TryAddWithoutValidation(header, value);

        using var response = await Proxy.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("449", response.Headers.GetValues("x-rate-limit-remaining").Single());
        Assert.Contains("\"15min\";r=449", response.Headers.GetValues("RateLimit").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_X_serves_to_users_and_to_the_app_goes_by_either()
    {
        using var response = await AskAsync("GET", "/2/tweets/search/recent?query=x");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(1, X.Counters.Requests("GET /2/tweets/search/recent"));
    }

    [Fact]
    public async Task What_acts_for_a_user_needs_a_session_and_says_so()
    {
        var problem = await Problem.ReadAsync(await AskAsync("POST", "/2/tweets", new { text = "nobody's" }));

        Assert.Equal((401, "session_missing"), (problem.Status, problem.Reason));
        Assert.StartsWith("POST /2/tweets acts for a user", problem.Detail, StringComparison.Ordinal);
        Assert.Equal(0, X.Counters.Requests("POST /2/tweets"));
    }

    [Fact]
    public async Task A_session_cannot_call_what_X_serves_to_the_app_alone_and_is_told_how()
    {
        var problem = await Problem.ReadAsync(await Alice.Http.GetAsync(Rules));

        Assert.Equal((403, "path_not_forwarded"), (problem.Status, problem.Reason));
        Assert.Contains("API key", problem.Detail, StringComparison.Ordinal);
        Assert.Contains("Clients:ID:AppOnly", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_apps_windows_are_its_own_and_users_calls_do_not_draw_on_them()
    {
        X.Limits.Set("GET /2/tweets/search/recent", new() { PerUser = 1, PerApp = 2 });
        await Alice.Http.GetAsync("/2/tweets/search/recent?query=x");

        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 3; i++)
        {
            using var response = await AskAsync("GET", "/2/tweets/search/recent?query=x");
            statuses.Add(response.StatusCode);
            if (i == 2)
                Assert.Contains("the app's own calls", (await Problem.ReadAsync(response)).Detail, StringComparison.Ordinal);
        }

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests], statuses);
        Assert.Equal(3, X.Counters.Requests("GET /2/tweets/search/recent")); // the fourth was not sent
        var limits = await ProxyHost.ReadAsync(await AskAsync("GET", "/v1/limits"));
        var window = limits
            .GetProperty("windows")
            .EnumerateArray()
            .Single(each => each.GetProperty("endpoint_key").GetString() == "GET /2/tweets/search/recent");
        Assert.Equal(0, window.GetProperty("remaining").GetInt32());
    }

    [Fact]
    public async Task A_call_waits_for_the_apps_window_as_an_accounts_does()
    {
        X.Limits.Set(RulesKey, new() { PerApp = 1 });
        await AskAsync("GET", Rules);
        _clock.Advance(TimeSpan.FromMinutes(14.5));
        var timers = _clock.PendingTimers;

        var waiting = AskAsync("GET", Rules, prefer: "wait=40");
        await Eventually.TrueAsync("the call waits", TimeSpan.FromSeconds(10), () => Task.FromResult(_clock.PendingTimers > timers));
        Assert.False(waiting.IsCompleted);
        var dry = await ProxyHost.ReadAsync(await AskAsync("POST", "/v1/dry-run", new { method = "GET", path = Rules }));
        _clock.Advance(TimeSpan.FromSeconds(31));

        Assert.Equal(HttpStatusCode.OK, (await waiting).StatusCode);
        Assert.Equal("rate_limited", dry.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_failure_that_passes_is_repeated()
    {
        X.Faults.Add(
            new()
            {
                Endpoint = RulesKey,
                Variant = FaultVariant.UnavailableJson,
                Times = 1,
            }
        );

        using var response = await AskAsync("GET", Rules);

        Assert.Equal((HttpStatusCode.OK, 2), (response.StatusCode, X.Counters.Requests(RulesKey)));
    }

    [Fact]
    public async Task A_write_with_a_key_is_done_once()
    {
        var body = new { add = new[] { new { value = $"from:{Username}" } } };

        using var first = await AskAsync("POST", Rules, body, key: "once");
        using var second = await AskAsync("POST", Rules, body, key: "once");

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (first.StatusCode, second.StatusCode));
        Assert.Equal("true", second.Headers.GetValues("Idempotency-Replayed").Single());
        Assert.Equal(1, X.Counters.Requests($"POST {Rules}"));
    }

    [Fact]
    public async Task A_client_that_may_not_is_told_which_setting_allows_it()
    {
        await using var proxy = await ProxyHost.StartAsync(
            new()
            {
                Sandbox = X,
                Settings = new Dictionary<string, string> { ["Clients:web:ApiKeys:0"] = ApiKey.Hash(ProxyHost.ApiKey) },
            }
        );

        var problem = await Problem.ReadAsync(await AskAsync("GET", Rules, proxy: proxy));

        Assert.Equal((403, "endpoint_not_allowed"), (problem.Status, problem.Reason));
        Assert.Contains("Clients:web:AppOnly=true", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clients_endpoint_families_hold_for_its_app_only_calls_too()
    {
        await using var proxy = await ProxyHost.StartAsync(
            new()
            {
                Sandbox = X,
                Settings = new Dictionary<string, string>
                {
                    ["Clients:web:ApiKeys:0"] = ApiKey.Hash(ProxyHost.ApiKey),
                    ["Clients:web:AppOnly"] = "true",
                    ["Clients:web:EndpointFamilies:0"] = "search",
                },
            }
        );

        using var search = await AskAsync("GET", "/2/tweets/search/recent?query=x", proxy: proxy);
        var rules = await Problem.ReadAsync(await AskAsync("GET", "/2/tweets/sample/stream", proxy: proxy));

        Assert.Equal(HttpStatusCode.OK, search.StatusCode);
        Assert.Contains("Clients:web:EndpointFamilies", rules.Detail, StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> AskAsync(
        string method,
        string path,
        object? body = null,
        string? prefer = null,
        string? key = null,
        ProxyHost? proxy = null
    )
    {
        using var request = new HttpRequestMessage(new(method), path);
        request.Headers.Add("X-Api-Key", ProxyHost.ApiKey);
        if (body is not null)
            request.Content = JsonContent.Create(body);
        if (prefer is not null)
            request.Headers.Add("Prefer", prefer);
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return await (proxy ?? Proxy).Http.SendAsync(request);
    }
}
