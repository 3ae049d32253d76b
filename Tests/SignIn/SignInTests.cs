using System.Net;
using System.Text.RegularExpressions;
using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.SignIn;

public sealed class SignInTests(ReturnUrlProxy shared) : IClassFixture<ReturnUrlProxy>, IDisposable
{
    private readonly ManualClock _clock = shared.Clock;
    private readonly ProxyHost _proxy = shared.Host;
    private readonly HttpClient _http = shared.Host.NewClient();
    private readonly string _user = shared.Begin();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Without_a_return_URL_the_callback_hands_out_the_session()
    {
        var callback = await _http.ConsentAsync(await _http.BeginAsync(), _user);
        var response = await _http.GetAsync(callback);
        var opened = await ProxyHost.ReadAsync(response);

        Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
        Assert.Equal("no-referrer", response.Headers.GetValues("Referrer-Policy").Single());
        Assert.Equal(_user, opened.GetProperty("account").GetProperty("username").GetString());
        Assert.Equal(_proxy.Sandbox.Accounts.IdOf(_user), opened.GetProperty("account").GetProperty("id").GetString());
        Assert.Equal(Scopes.Default.Order(), opened.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()!).Order());
        Assert.Empty(opened.GetProperty("missing_scopes").EnumerateArray());

        _http.Carry(opened);
        var me = await ProxyHost.ReadAsync(await _http.GetAsync("/v1/users/me"));
        Assert.Equal(_user, me.GetProperty("data").GetProperty("username").GetString());
        var session = await ProxyHost.ReadAsync(await _http.GetAsync("/v1/session"));
        Assert.Equal("active", session.GetProperty("grant_state").GetString());
        Assert.Equal(_clock.GetUtcNow() + TimeSpan.FromHours(2), session.GetProperty("access_token_expires_at").GetDateTimeOffset());
    }

    [Fact]
    public async Task With_a_return_URL_the_browser_carries_a_single_use_code_and_no_token()
    {
        const string returnUrl = SignInSteps.ReturnUrl + "?tab=1";
        var callback = await _http.ConsentAsync(await _http.BeginAsync(returnUrl), _user);
        var redirect = await _http.GetAsync(callback);

        Assert.Equal(HttpStatusCode.SeeOther, redirect.StatusCode);
        Assert.Empty(await redirect.Content.ReadAsByteArrayAsync());
        var location = redirect.Headers.Location!.OriginalString;
        Assert.StartsWith(returnUrl + "&handoff=", location, StringComparison.Ordinal);
        Assert.DoesNotContain("otps_", location, StringComparison.Ordinal);

        _http.Carry(await ProxyHost.ReadAsync(await _http.ExchangeAsync(location.Query("handoff"))));
        await ProxyHost.ReadAsync(await _http.GetAsync("/v1/users/me"));
    }

    [Fact]
    public async Task A_state_works_once()
    {
        var callback = await _http.ConsentAsync(await _http.BeginAsync(), _user);
        await ProxyHost.ReadAsync(await _http.GetAsync(callback));
        await Refusal.ExpectAsync(await VisitAsAnotherAsync(callback), 409, "sign_in_used");
        Assert.Equal(1, _proxy.Sandbox.Counters.TokenRequests);
    }

    [Fact]
    public async Task Callbacks_at_once_open_one_session()
    {
        var callback = await _http.ConsentAsync(await _http.BeginAsync(), _user);
        var stalled = _proxy.Sandbox.Faults.Add(new() { Endpoint = "token", Stall = true });
        var first = _http.GetAsync(callback);
        await _proxy.Sandbox.Faults.WaitUntilHitAsync(stalled);

        foreach (var other in await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => VisitAsAnotherAsync(callback))))
        {
            await Refusal.ExpectAsync(other, 409, "sign_in_used");
        }

        _proxy.Sandbox.Faults.Release(stalled);
        _http.Carry(await ProxyHost.ReadAsync(await first));
        Assert.Equal(1, (await ProxyHost.ReadAsync(await _http.GetAsync("/v1/session"))).GetProperty("session_count").GetInt32());
        Assert.Equal(1, _proxy.Sandbox.Counters.TokenRequests);
    }

    [Fact]
    public async Task A_browser_that_hangs_up_does_not_stop_the_sign_in()
    {
        var callback = await _http.ConsentAsync(await _http.BeginAsync(), _user);
        var stalled = _proxy.Sandbox.Faults.Add(new() { Endpoint = "token", Stall = true });
        var asked = _proxy.Sandbox.Faults.Add(new() { Endpoint = "GET /2/users/me" });
        using var browser = new CancellationTokenSource();
        var hangsUp = _http.GetAsync(callback, browser.Token);
        await _proxy.Sandbox.Faults.WaitUntilHitAsync(stalled);
        await browser.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hangsUp);

        _proxy.Sandbox.Faults.Release(stalled);
        await _proxy.Sandbox.Faults.WaitUntilHitAsync(asked); // it went on to ask whose token it is
    }

    [Theory]
    [InlineData("/v1/auth/callback?state=never-heard-of&code=abc")]
    [InlineData("/v1/auth/callback?state=never-heard-of&error=access_denied")]
    public async Task An_unknown_state_is_refused(string callback) =>
        await Refusal.ExpectAsync(await _http.GetAsync(callback), 400, "sign_in_unknown");

    [Theory]
    [InlineData("/v1/auth/callback?code=abc", "state")]
    [InlineData("/v1/auth/callback?state=&code=abc", "state")]
    [InlineData("/v1/auth/callback?state=abc", "code")]
    public async Task A_callback_without_its_parameters_is_refused_by_name(string callback, string field)
    {
        var refusal = await Refusal.ExpectAsync(await _http.GetAsync(callback), 400, "invalid_request");
        Assert.True(refusal.Body.GetProperty("errors").TryGetProperty(field, out _));
    }

    [Theory]
    [InlineData("%00")]
    [InlineData("a&code=%0A")]
    [InlineData("%C3%A9")]
    public async Task A_code_that_no_X_has_issued_is_refused_and_does_not_spend_the_sign_in(string code)
    {
        var callback = (await _http.ConsentAsync(await _http.BeginAsync(), _user)).ToString();
        var forged = Regex.Replace(callback, "code=[^&]*", $"code={code}");

        var refusal = await Refusal.ExpectAsync(await _http.GetAsync(forged), 400, "invalid_request");

        Assert.True(refusal.Body.GetProperty("errors").TryGetProperty("code", out _));
        Assert.Equal(0, _proxy.Sandbox.Counters.TokenRequests);
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync(callback)).StatusCode);
    }

    [Fact]
    public async Task A_sign_in_is_forgotten_after_ten_minutes()
    {
        var url = await _http.BeginAsync();
        _clock.Advance(TimeSpan.FromMinutes(10));
        await Refusal.ExpectAsync(await _http.GetAsync(await _http.ConsentAsync(url, _user)), 400, "sign_in_unknown");
        Assert.Equal(0, _proxy.Sandbox.Counters.TokenRequests);
    }

    [Fact]
    public async Task A_user_may_take_just_under_ten_minutes_to_consent()
    {
        var url = await _http.BeginAsync();
        _clock.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1));
        await ProxyHost.ReadAsync(await _http.GetAsync(await _http.ConsentAsync(url, _user)));
    }

    [Fact]
    public async Task A_code_that_comes_after_X_has_forgotten_it_is_refused()
    {
        var callback = await _http.ConsentAsync(await _http.BeginAsync(), _user);
        _clock.Advance(TimeSpan.FromSeconds(30));
        await Refusal.ExpectAsync(await _http.GetAsync(callback), 400, "authorization_code_rejected");
    }

    [Fact]
    public async Task A_user_who_denies_spends_the_state()
    {
        var url = await _http.BeginAsync();
        using var denial = await _http.GetAsync($"{url}&sandbox_deny=1");
        await Refusal.ExpectAsync(await _http.GetAsync(denial.Headers.Location), 403, "sign_in_denied");
        await Refusal.ExpectAsync(await _http.GetAsync(await _http.ConsentAsync(url, _user)), 409, "sign_in_used");
        Assert.Equal(0, _proxy.Sandbox.Counters.TokenRequests);
    }

    [Fact]
    public async Task A_denial_reaches_the_return_URL_as_its_reason()
    {
        var url = await _http.BeginAsync(SignInSteps.ReturnUrl);
        using var denial = await _http.GetAsync($"{url}&sandbox_deny=1");
        var redirect = await _http.GetAsync(denial.Headers.Location);
        Assert.Equal(HttpStatusCode.SeeOther, redirect.StatusCode);
        Assert.StartsWith(
            SignInSteps.ReturnUrl + "?error=sign_in_denied&error_description=",
            redirect.Headers.Location!.OriginalString,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_code_of_another_sign_in_does_not_pass_for_PKCE_binds_it()
    {
        var mine = await _http.BeginAsync();
        var strangers = await _http.ConsentAsync(await _http.BeginAsync(), "mallory");
        var mixed = (await _http.ConsentAsync(mine, _user)).WithQuery("code", strangers.Query("code")!);
        await Refusal.ExpectAsync(await _http.GetAsync(mixed), 400, "authorization_code_rejected");
        Assert.Equal(1, _proxy.Sandbox.Counters.Responses("POST /2/oauth2/token", 400));
    }

    [Fact]
    public async Task The_authorization_URL_carries_the_challenge_and_every_value_is_fresh()
    {
        var (one, two) = (await _http.BeginAsync(), await _http.BeginAsync());
        Assert.Equal("S256", one.Query("code_challenge_method"));
        Assert.Equal(43, one.Query("code_challenge")!.Length);
        Assert.Equal($"{_proxy.Url}v1/auth/callback", one.Query("redirect_uri"));
        Assert.DoesNotContain("+", one, StringComparison.Ordinal); // X wants spaces as %20
        Assert.DoesNotContain("code_verifier", one, StringComparison.Ordinal);
        Assert.NotEqual(one.Query("code_challenge"), two.Query("code_challenge"));
        Assert.NotEqual(one.Query("state"), two.Query("state"));
    }

    private async Task<HttpResponseMessage> VisitAsAnotherAsync(string callback)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, callback) { Headers = { { "User-Agent", "another" } } };
        return await _http.SendAsync(request);
    }
}
