using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Sessions;

/// <summary>Who may ask about a session.</summary>
public sealed class SessionEndpointTests(SharedProxy shared) : IClassFixture<SharedProxy>
{
    private readonly ProxyHost _proxy = shared.Host;
    private readonly string _user = shared.Begin();

    public static TheoryData<string, string> Routes =>
        new()
        {
            { "GET", "/v1/session" },
            { "POST", "/v1/session/refresh" },
            { "DELETE", "/v1/session" },
            { "GET", "/v1/limits" },
            { "GET", "/2/users/me" },
        };

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Without_a_session_token_nothing_is_told(string method, string path)
    {
        await Refusal.ExpectAsync(await SendAsync(method, path, null), 401, "session_missing");
        await Refusal.ExpectAsync(await SendAsync(method, path, "Basic YTpi"), 401, "session_missing");
        await Refusal.ExpectAsync(await SendAsync(method, path, "Bearer otps_made-up"), 401, "session_invalid");
        await Refusal.ExpectAsync(await SendAsync(method, path, "Bearer sandbox-access-1"), 401, "session_invalid");
    }

    [Fact]
    public async Task A_session_token_that_was_tampered_with_is_none()
    {
        var token = (await _proxy.SignInAsync(_user)).Token;
        var tampered = string.Concat(token.AsSpan(0, token.Length - 10), token[^10] == 'A' ? "B" : "A", token.AsSpan(token.Length - 9));
        await Refusal.ExpectAsync(await SendAsync("GET", "/v1/session", "Bearer " + tampered), 401, "session_invalid");
    }

    [Fact]
    public async Task A_session_says_who_it_is_and_what_it_may()
    {
        var alice = await _proxy.SignInAsync(_user, ["tweet.read", "users.read", "offline.access"]);
        await _proxy.SignInAsync(_user);
        var session = await ProxyHost.ReadAsync(await alice.Http.GetAsync("/v1/session"));
        Assert.Equal(_user, session.GetProperty("account").GetProperty("username").GetString());
        Assert.Equal(alice.AccountId, session.GetProperty("account").GetProperty("id").GetString());
        Assert.Equal(2, session.GetProperty("session_count").GetInt32());
        Assert.Equal(3, session.GetProperty("scopes").GetArrayLength());
        Assert.DoesNotContain("sandbox-", session.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_may_only_what_it_was_granted_though_the_account_may_more()
    {
        var narrow = await _proxy.SignInAsync(_user, ["tweet.read", "users.read"]);
        await _proxy.SignInAsync(_user);
        var refusal = await Refusal.ExpectAsync(
            await narrow.Http.PostAsync("/v1/tweets", System.Net.Http.Json.JsonContent.Create(new { text = "hello" })),
            403,
            "scope_missing"
        );
        Assert.Contains("tweet.write", refusal.Detail, StringComparison.Ordinal);
        Assert.Equal(0, _proxy.Sandbox.Counters.Requests("POST /2/tweets"));
    }

    [Fact]
    public async Task An_API_key_that_is_not_the_sessions_clients_is_refused()
    {
        var alice = await _proxy.SignInAsync(_user);
        alice.Http.DefaultRequestHeaders.Add("X-Api-Key", "another");
        await Refusal.ExpectAsync(await alice.Http.GetAsync("/v1/session"), 401, "api_key_invalid");
    }

    private async Task<HttpResponseMessage> SendAsync(string method, string path, string? authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Parse(method), path);
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        return await _proxy.Http.SendAsync(request);
    }
}
