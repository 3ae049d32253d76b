using System.Net;
using System.Net.Http.Json;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Ops;

/// <summary>The console's cookie: what it opens, for whom, and how long.</summary>
public sealed class ConsoleSignInTests(ConsoleSignInTests.OneProxy shared) : IClassFixture<ConsoleSignInTests.OneProxy>
{
    private const string Key = "a key of the operators";

    private readonly ProxyHost _proxy = shared.Host;

    private string Own => _proxy.Url.GetLeftPart(UriPartial.Authority);

    [Fact]
    public async Task The_key_is_sent_once_and_becomes_cookies_that_only_the_operators_routes_get()
    {
        using var answer = await SignInAsync(Key);

        Assert.Equal("ops-a", (await ProxyHost.ReadAsync(answer)).GetProperty("name").GetString());
        var cookies = answer.Headers.GetValues("Set-Cookie").ToList();
        Assert.Equal(
            ["/dashboard", "/metrics", "/ops", "/v1/ops"],
            cookies.Select(cookie => Attribute(cookie, "path")!).Order(StringComparer.Ordinal)
        );
        Assert.All(cookies, cookie =>
        {
            Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Equal("strict", Attribute(cookie, "samesite"));
            Assert.DoesNotContain("secure", cookie, StringComparison.OrdinalIgnoreCase); // over http
            Assert.DoesNotContain(ApiKey.Hash(Key), cookie, StringComparison.OrdinalIgnoreCase);
        });
    }

    [Fact]
    public async Task Over_https_the_cookie_stays_there()
    {
        await using var proxy = await ProxyHost.StartAsync(
            new() { Settings = new Dictionary<string, string>(OneProxy.Settings) { ["Proxy:TrustedProxies:0"] = "127.0.0.1" } }
        );
        using var request = new HttpRequestMessage(HttpMethod.Post, "/ops/sign-in") { Content = JsonContent.Create(new { key = Key }) };
        request.Headers.Add("X-Forwarded-Proto", "https");

        using var answer = await proxy.Http.SendAsync(request);

        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        Assert.All(answer.Headers.GetValues("Set-Cookie"), cookie => Assert.Contains("secure", cookie, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task The_page_asks_whose_cookie_it_is_without_a_failure()
    {
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(HttpMethod.Get, "/ops/sign-in", "otp-operator=forged")).StatusCode);
        var answer = await ProxyHost.ReadAsync(await SendAsync(HttpMethod.Get, "/ops/sign-in", await CookieAsync()));
        Assert.Equal("ops-a", answer.GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("/v1/ops/circuit")]
    [InlineData("/v1/ops/overview")]
    [InlineData("/v1/ops/clients")]
    [InlineData("/v1/ops/accounts")]
    [InlineData("/v1/ops/audit")]
    [InlineData("/metrics")]
    [InlineData("/dashboard/DashboardCounters")]
    public async Task The_cookie_alone_reads(string path)
    {
        using var answer = await SendAsync(HttpMethod.Get, path, await CookieAsync());

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("https://attacker.example", "cross-site")]
    [InlineData("http://127.0.0.1:1", "same-site")]
    [InlineData("null", "cross-site")]
    [InlineData(null, "same-site")]
    public async Task What_changes_something_must_come_from_the_console_itself(string? origin, string? site)
    {
        var cookie = await CookieAsync();

        using var foreign = await SendAsync(HttpMethod.Post, "/v1/ops/circuit/close", cookie, origin, site, "1");
        await Refusal.ExpectAsync(foreign, 403, "origin_not_allowed");

        using var own = await SendAsync(HttpMethod.Post, "/v1/ops/circuit/close", cookie, Own, "same-origin", "1");
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        using var form = await SendAsync(HttpMethod.Post, "/v1/ops/circuit/close", cookie, Own, "same-origin");
        await Refusal.ExpectAsync(form, 403, "origin_not_allowed");
    }

    [Fact]
    public async Task The_header_that_changes_something_is_not_lent_to_a_clients_page()
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, "/v1/ops/circuit/close")
        {
            Headers =
            {
                { "Origin", "https://app.example.com" },
                { "Access-Control-Request-Method", "POST" },
                { "Access-Control-Request-Headers", "x-ops-request" },
            },
        };

        using var answer = await _proxy.Http.SendAsync(request);

        Assert.Equal("https://app.example.com", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.DoesNotContain(
            "x-ops-request",
            string.Join(',', answer.Headers.GetValues("Access-Control-Allow-Headers")),
            StringComparison.OrdinalIgnoreCase
        );
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));
    }

    [Theory]
    [InlineData("/v1/ops/overview", "cross-site")]
    [InlineData("/v1/ops/overview", "same-site")]
    public async Task Another_page_does_not_even_read(string path, string site)
    {
        using var answer = await SendAsync(HttpMethod.Get, path, await CookieAsync(), null, site);

        await Refusal.ExpectAsync(answer, 403, "origin_not_allowed");
    }

    [Theory]
    [InlineData("/ops/sign-in")]
    [InlineData("/ops/sign-out")]
    public async Task Another_page_signs_nobody_in_or_out(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = JsonContent.Create(new { key = Key }),
            Headers = { { "Origin", "https://attacker.example" } },
        };

        using var answer = await _proxy.Http.SendAsync(request);

        await Refusal.ExpectAsync(answer, 403, "origin_not_allowed");
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task A_wrong_key_gets_no_cookie_and_no_dialog_of_the_browsers()
    {
        using var answer = await SignInAsync("wrong");

        await Refusal.ExpectAsync(answer, 401, "admin_key_invalid");
        Assert.False(answer.Headers.Contains("Set-Cookie"));
        Assert.Equal("AdminKey", answer.Headers.WwwAuthenticate.Single().Scheme);
        await Refusal.ExpectAsync(await SignInAsync(""), 400, "invalid_request");
    }

    [Fact]
    public async Task Wrong_keys_are_throttled_and_the_right_one_still_opens()
    {
        await using var proxy = await ProxyHost.StartAsync(
            new() { Settings = new Dictionary<string, string>(OneProxy.Settings) { ["Proxy:FailedCredentialsPerMinute"] = "1" } }
        );

        await Refusal.ExpectAsync(await SignInAsync("wrong", proxy), 401, "admin_key_invalid");
        await Refusal.ExpectAsync(await SignInAsync("wrong", proxy), 429, "credentials_throttled");
        Assert.Equal(HttpStatusCode.OK, (await SignInAsync(Key, proxy)).StatusCode);
    }

    [Theory]
    [InlineData("otp-operator=forged")]
    [InlineData("otp-operator=")]
    public async Task A_forged_cookie_opens_nothing(string cookie) =>
        await Refusal.ExpectAsync(await SendAsync(HttpMethod.Get, "/v1/ops/overview", cookie), 401, "admin_key_invalid");

    [Fact]
    public async Task It_ends_after_a_working_day()
    {
        var cookie = await CookieAsync();
        shared.Clock.Advance(TimeSpan.FromHours(8) - TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Get, "/v1/ops/circuit", cookie)).StatusCode);

        shared.Clock.Advance(TimeSpan.FromSeconds(2));

        await Refusal.ExpectAsync(await SendAsync(HttpMethod.Get, "/v1/ops/circuit", cookie), 401, "admin_key_invalid");
    }

    [Fact]
    public async Task It_opens_nothing_where_its_key_is_not_configured_any_more()
    {
        using var data = new TemporaryFolder();
        string cookie;
        await using (var before = await ProxyHost.StartAsync(new() { DataPath = data.Path, Settings = OneProxy.Settings }))
            cookie = CookieOf(await SignInAsync(Key, before));
        await using var after = await ProxyHost.StartAsync(
            new()
            {
                DataPath = data.Path,
                Settings = new Dictionary<string, string>(OneProxy.Settings) { ["Ops:AdminKeys:ops-a"] = ApiKey.Hash("the next key") },
            }
        );
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/ops/circuit") { Headers = { { "Cookie", cookie } } };

        await Refusal.ExpectAsync(await after.Http.SendAsync(request), 401, "admin_key_invalid");
    }

    [Fact]
    public async Task To_sign_out_deletes_it()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/ops/sign-out") { Headers = { { "Origin", Own } } };

        using var answer = await _proxy.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.All(answer.Headers.GetValues("Set-Cookie"), cookie =>
            Assert.Contains("expires=Thu, 01 Jan 1970", cookie, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task The_pages_policy_allows_its_own_files_and_nothing_else()
    {
        using var page = await _proxy.Http.GetAsync("/ops");
        var html = await page.Content.ReadAsStringAsync();

        var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'; script-src 'self'; style-src 'self'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("<style", html, StringComparison.Ordinal);
        Assert.DoesNotContain(" style=", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", html, StringComparison.Ordinal);
        foreach (
            var file in (string[])["console.js", "accounts.js", "api.js", "charts.js", "clients.js", "dom.js", "overview.js", "records.js"]
        )
        {
            using var script = await _proxy.Http.GetAsync($"/ops/{file}");
            Assert.Equal("text/javascript", script.Content.Headers.ContentType!.MediaType);
            var text = await script.Content.ReadAsStringAsync();
            foreach (var banned in (string[])["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "localStorage", "eval("])
                Assert.DoesNotContain(banned, text, StringComparison.OrdinalIgnoreCase);
        }

        await Refusal.ExpectAsync(await _proxy.Http.GetAsync("/ops/none.js"), 404, "not_found");
    }

    private async Task<string> CookieAsync() => CookieOf(await SignInAsync(Key));

    private static string CookieOf(HttpResponseMessage answer) => answer.Headers.GetValues("Set-Cookie").First().Split(';')[0];

    private static string? Attribute(string cookie, string name) =>
        cookie.Split("; ").Select(part => part.Split('=', 2)).FirstOrDefault(part => part[0] == name)?[1];

    // As the page's own script does.
    private Task<HttpResponseMessage> SignInAsync(string key, ProxyHost? proxy = null) =>
        (proxy ?? _proxy).Http.SendAsync(
            new(HttpMethod.Post, "/ops/sign-in")
            {
                Content = JsonContent.Create(new { key }),
                Headers =
                {
                    { "Origin", (proxy ?? _proxy).Url.GetLeftPart(UriPartial.Authority) },
                    { "Sec-Fetch-Site", "same-origin" },
                    { "Sec-Fetch-Mode", "cors" },
                },
            }
        );

    private Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        string cookie,
        string? origin = null,
        string? site = null,
        string? opsRequest = null
    )
    {
        var request = new HttpRequestMessage(method, path) { Headers = { { "Cookie", cookie } } };
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        if (site is not null)
            request.Headers.Add("Sec-Fetch-Site", site);
        if (opsRequest is not null)
            request.Headers.Add("X-Ops-Request", opsRequest);
        if (method == HttpMethod.Post)
            request.Content = JsonContent.Create(new { family = "media" });
        return _proxy.Http.SendAsync(request);
    }

    public sealed class OneProxy : SharedClockedProxy
    {
        internal static readonly Dictionary<string, string> Settings = new()
        {
            ["Ops:AdminKeys:ops-a"] = ApiKey.Hash(Key),
            ["Clients:app:ApiKeys:0"] = ApiKey.Hash(ProxyHost.ApiKey),
            ["Clients:app:Origins:0"] = "https://app.example.com",
            ["Cluster:Dashboard"] = "true",
            ["Telemetry:Metrics"] = "true",
        };

        private protected override ProxySetup Setup => new() { Settings = Settings };
    }
}
