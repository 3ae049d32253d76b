using System.Net;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.SignIn;

/// <summary>The callback is opened by a browser: also ahead of its user, twice, and by machines that look at links.</summary>
public sealed class VisitTests(ReturnUrlProxy shared) : IClassFixture<ReturnUrlProxy>, IDisposable
{
    private readonly HttpClient _http = shared.Host.NewClient();
    private readonly string _user = shared.Begin();

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData("Sec-Purpose", "prefetch;prerender")]
    [InlineData("Purpose", "prefetch")]
    [InlineData("X-Moz", "prefetch")]
    [InlineData("X-Purpose", "preview")]
    [InlineData("User-Agent", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)")]
    [InlineData("User-Agent", "facebookexternalhit/1.1")]
    [InlineData("User-Agent", "WhatsApp/2.23.20.0")]
    [InlineData("User-Agent", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")]
    public async Task Whoever_only_looks_ahead_spends_nothing(string header, string value)
    {
        var callback = await _http.ConsentAsync(await _http.BeginAsync(), _user);

        await Refusal.ExpectAsync(await VisitAsync(callback, (header, value)), 503, "visit_needed");
        using var head = new HttpRequestMessage(HttpMethod.Head, callback);
        Assert.False((await _http.SendAsync(head)).IsSuccessStatusCode);

        await ProxyHost.ReadAsync(await _http.GetAsync(callback));
        Assert.Equal(1, shared.Host.Sandbox.Counters.TokenRequests);
    }

    [Theory]
    [InlineData("Mozilla/5.0 (Linux; Android 9; CUBOT_X19) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36")]
    [InlineData("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.0 Safari/605.1.15")]
    [InlineData("curl/8.5.0")]
    public async Task A_browser_is_no_machine(string userAgent)
    {
        var callback = await _http.ConsentAsync(await _http.BeginAsync(), _user);
        await ProxyHost.ReadAsync(await VisitAsync(callback, ("User-Agent", userAgent)));
    }

    [Fact]
    public async Task A_doubled_visit_gets_the_same_session()
    {
        var callback = await _http.ConsentAsync(await _http.BeginAsync(), _user);

        var visits = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => VisitAsync(callback, ("User-Agent", "Safari"))));
        var later = await VisitAsync(callback, ("User-Agent", "Safari"));

        foreach (var visit in visits.Append(later))
        {
            _http.Carry(await ProxyHost.ReadAsync(visit));
            Assert.Equal(1, (await ProxyHost.ReadAsync(await _http.GetAsync("/v1/session"))).GetProperty("session_count").GetInt32());
        }

        Assert.Equal(1, shared.Host.Sandbox.Counters.TokenRequests);
    }

    [Fact]
    public async Task A_doubled_visit_gets_the_same_hand_over_code_which_works_once()
    {
        var callback = await _http.ConsentAsync(await _http.BeginAsync(SignInSteps.ReturnUrl), _user);

        var (first, second) = (await _http.GetAsync(callback), await _http.GetAsync(callback));

        Assert.Equal(HttpStatusCode.SeeOther, second.StatusCode);
        Assert.Equal(first.Headers.Location, second.Headers.Location);
        var handoff = first.Headers.Location!.OriginalString.Query("handoff");
        await ProxyHost.ReadAsync(await _http.ExchangeAsync(handoff));
        await Refusal.ExpectAsync(await _http.ExchangeAsync(handoff), 400, "handoff_invalid");
    }

    [Fact]
    public async Task Another_visitor_or_a_late_one_gets_nothing()
    {
        var callback = await _http.ConsentAsync(await _http.BeginAsync(), _user);
        await ProxyHost.ReadAsync(await VisitAsync(callback, ("User-Agent", "Safari")));

        await Refusal.ExpectAsync(await VisitAsync(callback, ("User-Agent", "another")), 409, "sign_in_used");
        await ProxyHost.ReadAsync(await VisitAsync(callback, ("User-Agent", "Safari"))); // a stranger in between changes nothing
        shared.Clock.Advance(TimeSpan.FromSeconds(11));
        await Refusal.ExpectAsync(await VisitAsync(callback, ("User-Agent", "Safari")), 409, "sign_in_used");
    }

    private async Task<HttpResponseMessage> VisitAsync(string callback, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, callback);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await _http.SendAsync(request);
    }
}
