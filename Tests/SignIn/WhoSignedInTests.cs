using System.Net;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.SignIn;

/// <summary>X has given the tokens, and is asked whose they are: what it can say to that, and what the user is told.</summary>
public sealed class WhoSignedInTests(ReturnUrlProxy shared) : IClassFixture<ReturnUrlProxy>, IDisposable
{
    private const string WhoAmI = "GET /2/users/me";
    private const string Revoke = "POST /2/oauth2/revoke";

    private readonly ProxyHost _proxy = shared.Host;
    private readonly HttpClient _http = shared.Host.NewClient();
    private readonly string _user = shared.Begin();

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData(
        402,
        """{"title":"CreditsDepleted","detail":"No credits on this app."}""",
        402,
        "credits_depleted",
        "No credits on this app"
    )]
    [InlineData(
        429,
        """{"title":"UsageCapExceeded","type":"https://x/2/problems/usage-capped"}""",
        429,
        "usage_capped",
        "UsageCapExceeded"
    )]
    [InlineData(429, "error code: 1015", 429, "rate_limited", "error code: 1015")]
    [InlineData(500, """{"title":"Internal Error"}""", 502, "upstream_failed", "Internal Error")]
    [InlineData(524, "<title>A timeout occurred</title>", 502, "upstream_failed", "(GET /2/users/me): A timeout occurred")]
    [InlineData(200, "<title>Attention Required!</title>", 502, "upstream_failed", "Attention Required!")]
    [InlineData(200, "{}", 502, "upstream_failed", "200")]
    [InlineData(403, "<title>Attention Required!</title>", 502, "upstream_failed", "Attention Required!")]
    [InlineData(403, "error code: 1010", 502, "upstream_failed", "error code: 1010")]
    [InlineData(404, "", 502, "upstream_failed", "404")]
    [InlineData(408, "", 502, "upstream_failed", "408")]
    [InlineData(200, """{"errors":[{"detail":"Oops","type":"https://x/2/problems/internal-error"}]}""", 502, "upstream_failed", "Oops")]
    [InlineData(308, "", 500, "proxy_misconfigured", "Twitter:ApiBaseUrl")]
    public async Task What_passes_is_told_as_what_it_is_and_nothing_is_revoked(
        int status,
        string body,
        int answer,
        string reason,
        string words
    )
    {
        var refusal = await Refusal.ExpectAsync(await SignInAsync(status, body), answer, reason);

        Assert.Contains(words, refusal.Detail, StringComparison.Ordinal);
        Assert.Equal(0, _proxy.Sandbox.Counters.Requests(Revoke));
    }

    [Theory]
    [InlineData(
        403,
        """{"detail":"This app is not attached to a Project.","title":"Client Forbidden"}""",
        403,
        "upstream_refused",
        "Project"
    )]
    [InlineData(401, """{"title":"Unauthorized","detail":"Unauthorized"}""", 401, "reconnect_needed", "401")]
    [InlineData(200, """{"errors":[{"detail":"This user has been suspended."}]}""", 403, "upstream_refused", "suspended")]
    public async Task What_does_not_pass_is_told_in_Xs_words_and_the_pair_is_revoked(
        int status,
        string body,
        int answer,
        string reason,
        string words
    )
    {
        var earlier = _proxy.Sandbox.Accounts.AllTokens;

        var refusal = await Refusal.ExpectAsync(await SignInAsync(status, body), answer, reason);

        Assert.Contains(words, refusal.Detail, StringComparison.Ordinal);
        Assert.Equal(2, _proxy.Sandbox.Counters.Responses(Revoke, 200));
        var token = _proxy
            .Sandbox.Accounts.AllTokens.Except(earlier)
            .Single(each => each.StartsWith("sandbox-access", StringComparison.Ordinal));
        _proxy.Sandbox.Faults.Clear();
        using var x = new HttpClient { BaseAddress = _proxy.Sandbox.BaseAddress };
        x.DefaultRequestHeaders.Authorization = new("Bearer", token);
        Assert.Equal(HttpStatusCode.Unauthorized, (await x.GetAsync("/2/users/me")).StatusCode);
    }

    [Theory]
    [InlineData(FaultVariant.UnavailableJson)]
    [InlineData(FaultVariant.Html)]
    public async Task A_failure_that_has_passed_when_X_is_asked_again_is_not_told(FaultVariant variant)
    {
        var callback = await _http.ConsentAsync(await _http.BeginAsync(), _user);
        var once = _proxy.Sandbox.Faults.Add(
            new()
            {
                Endpoint = WhoAmI,
                Variant = variant,
                Times = 1,
            }
        );

        var opened = await ProxyHost.ReadAsync(await InTimeAsync(_http.GetAsync(callback)));

        Assert.Equal((_user, 1), (opened.GetProperty("account").GetProperty("username").GetString(), once.Hits));
    }

    [Fact]
    public async Task A_limit_that_is_used_up_is_told_with_Xs_own_time()
    {
        var callback = await _http.ConsentAsync(await _http.BeginAsync(), _user);
        var reset = shared.Clock.GetUtcNow() + TimeSpan.FromHours(11);
        _proxy.Sandbox.Faults.Add(
            new()
            {
                Endpoint = WhoAmI,
                Status = 429,
                Body = """{"title":"Too Many Requests"}""",
                Headers = new Dictionary<string, string?>
                {
                    ["x-user-limit-24hour-limit"] = "25",
                    ["x-user-limit-24hour-remaining"] = "0",
                    ["x-user-limit-24hour-reset"] = $"{reset.ToUnixTimeMilliseconds()}", // X's edge has been seen to count in those
                },
            }
        );

        var refusal = await Refusal.ExpectAsync(await _http.GetAsync(callback), 429, "rate_limited");

        Assert.InRange(refusal.RetryAfter!.Value, 39_590, 39_610);
    }

    [Theory]
    [InlineData("error=access_denied", 403, "sign_in_denied", "did not consent")]
    [InlineData("error=invalid_scope&error_description=Unknown+scope+a.b", 403, "sign_in_denied", "(invalid_scope): Unknown scope a.b")]
    [InlineData("error=server_error&error_description=Try+later.", 502, "upstream_failed", "(server_error): Try later.")]
    public async Task Xs_error_at_the_callback_reaches_the_caller(string query, int status, string reason, string words)
    {
        var state = (await _http.BeginAsync()).Query("state");

        var refusal = await Refusal.ExpectAsync(await _http.GetAsync($"/v1/auth/callback?state={state}&{query}"), status, reason);

        Assert.Contains(words, refusal.Detail, StringComparison.Ordinal);
        state = (await _http.BeginAsync(SignInSteps.ReturnUrl)).Query("state");
        using var redirect = await _http.GetAsync($"/v1/auth/callback?state={state}&{query}");
        Assert.Equal(reason, redirect.Headers.Location!.OriginalString.Query("error"));
        Assert.Contains(words, redirect.Headers.Location.OriginalString.Query("error_description"), StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> SignInAsync(int status, string body)
    {
        var callback = await _http.ConsentAsync(await _http.BeginAsync(), _user);
        _proxy.Sandbox.Faults.Add(
            new()
            {
                Endpoint = WhoAmI,
                Status = status,
                Body = body,
            }
        );
        return await InTimeAsync(_http.GetAsync(callback));
    }

    // The proxy pauses before it asks again.
    private async Task<T> InTimeAsync<T>(Task<T> call)
    {
        while (!call.IsCompleted)
        {
            shared.Clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.WhenAny(call, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System));
        }

        return await call;
    }
}
