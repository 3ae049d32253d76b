using System.Net.Http.Headers;
using System.Text;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.StandIn;

/// <summary>App-only tokens in the sandbox, and their windows.</summary>
public sealed class AppTokenTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private SandboxUnderTest _x = null!;

    public async Task InitializeAsync() => _x = await SandboxUnderTest.StartAsync(options => options.EnforceLimits = true, _clock);

    public async Task DisposeAsync() => await _x.DisposeAsync();

    [Fact]
    public async Task The_client_credentials_grant_gives_a_token_that_works()
    {
        var answer = await GrantAsync("sandbox-consumer-key", "sandbox-consumer-secret", "client_credentials");

        Assert.Equal((200, "bearer"), (answer.Status, answer.Json.GetProperty("token_type").GetString()));
        var app = new Caller(_x.NewClient(answer.Json.GetProperty("access_token").GetString()), "");
        Assert.Equal(200, (await app.AskAsync("GET", "/2/usage/tweets")).Status);
    }

    [Theory]
    [InlineData("sandbox-consumer-key", "wrong", "client_credentials", 99)]
    [InlineData("sandbox-client", "sandbox-secret", "client_credentials", 99)]
    [InlineData("sandbox-consumer-key", "sandbox-consumer-secret", "password", 44)]
    [InlineData("sandbox-consumer-key", "sandbox-consumer-secret", "", 170)]
    public async Task A_grant_that_X_would_refuse_is_refused(string key, string secret, string grantType, int code)
    {
        var answer = await GrantAsync(key, secret, grantType);

        Assert.Equal((403, code), (answer.Status, answer.Json.GetProperty("errors")[0].GetProperty("code").GetInt32()));
    }

    [Fact]
    public async Task An_apps_calls_have_windows_of_their_own()
    {
        var (app, alice) = (_x.App(), _x.User("alice"));
        const string path = "/2/tweets/search/recent?query=a";

        var byApp = await app.AskAsync("GET", path);
        var byUser = await alice.AskAsync("GET", path);

        Assert.Equal(("450", "449"), (Header(byApp, "x-rate-limit-limit"), Header(byApp, "x-rate-limit-remaining")));
        Assert.Equal(("300", "299"), (Header(byUser, "x-rate-limit-limit"), Header(byUser, "x-rate-limit-remaining")));
    }

    [Fact]
    public async Task A_window_of_a_second_refuses_the_second_call_within_it()
    {
        var app = _x.App();
        const string path = "/2/tweets/search/all?query=a";

        var first = await app.AskAsync("GET", path);
        var second = await app.AskAsync("GET", path);
        _clock.Advance(TimeSpan.FromSeconds(1));
        var third = await app.AskAsync("GET", path);

        Assert.Equal((200, "300", "299"), (first.Status, Header(first, "x-rate-limit-limit"), Header(first, "x-rate-limit-remaining")));
        Assert.Equal((429, "1", "0"), (second.Status, Header(second, "x-rate-limit-limit"), Header(second, "x-rate-limit-remaining")));
        Assert.Equal((200, "298"), (third.Status, Header(third, "x-rate-limit-remaining")));
    }

    private async Task<Answer> GrantAsync(string key, string secret, string grantType)
    {
        var client = _x.NewClient(null);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"{key}:{secret}"))
        );
        return await new Caller(client, "").AskAsync(
            "POST",
            "/oauth2/token",
            new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = grantType })
        );
    }

    private static string Header(Answer answer, string name) => answer.Response.Headers.GetValues(name).Single();
}
