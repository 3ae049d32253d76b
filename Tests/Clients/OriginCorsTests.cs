using System.Net;
using System.Net.Http.Json;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Clients;

/// <summary>Which pages may call: what the browser is told, and what the proxy itself refuses.</summary>
public sealed class OriginCorsTests(OriginCorsTests.TwoClients shared) : IClassFixture<OriginCorsTests.TwoClients>, IAsyncLifetime
{
    private const string Page = "https://app.example.com";
    private const string OthersPage = "https://other.example.com";

    private readonly ProxyHost _proxy = shared.Host;
    private SignedIn _alice = null!;

    public async Task InitializeAsync() => _alice = await _proxy.SignInAsync("alice");

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("POST", "/v1/tweets")]
    [InlineData("PUT", "/v1/tweets/1/like")]
    [InlineData("POST", "/2/tweets")]
    [InlineData("DELETE", "/2/tweets/1")]
    [InlineData("POST", "/v1/auth/authorize")]
    public async Task A_preflight_from_a_listed_origin_is_answered(string method, string path)
    {
        var answer = await PreflightAsync(Page, method, path);

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(Page, Header(answer, "Access-Control-Allow-Origin"));
        Assert.Contains(method, Header(answer, "Access-Control-Allow-Methods"), StringComparison.Ordinal);
        Assert.Contains("Authorization", Header(answer, "Access-Control-Allow-Headers"), StringComparison.OrdinalIgnoreCase);
        Assert.Equal("600", Header(answer, "Access-Control-Max-Age"));
        Assert.Equal("", Header(answer, "Access-Control-Allow-Credentials"));
    }

    [Theory]
    [InlineData("https://evil.example.com")]
    [InlineData("http://app.example.com")]
    [InlineData("https://app.example.com:8443")]
    [InlineData("https://APP.example.com")]
    [InlineData("null")]
    public async Task A_preflight_from_another_origin_is_told_nothing(string origin)
    {
        var answer = await PreflightAsync(origin, "POST", "/v1/tweets");

        Assert.Equal("", Header(answer, "Access-Control-Allow-Origin"));
        Assert.Equal("", Header(answer, "Access-Control-Allow-Headers"));
    }

    [Fact]
    public async Task A_call_from_a_listed_origin_succeeds_and_its_headers_can_be_read()
    {
        var answer = await GetAsync(Page);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(Page, Header(answer, "Access-Control-Allow-Origin"));
        Assert.Contains("x-rate-limit-reset", Header(answer, "Access-Control-Expose-Headers"), StringComparison.Ordinal);
        Assert.Contains("Origin", Header(answer, "Vary"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_from_a_foreign_origin_is_refused_and_not_made()
    {
        var before = _proxy.Sandbox.Counters.Total;

        var problem = await Problem.ReadAsync(await GetAsync("https://evil.example.com"));

        Assert.Equal((403, "origin_not_allowed"), (problem.Status, problem.Reason));
        Assert.Equal(before, _proxy.Sandbox.Counters.Total);
    }

    [Fact]
    public async Task Another_clients_origin_does_not_do()
    {
        var answer = await GetAsync(OthersPage);

        Assert.Equal("origin_not_allowed", (await Problem.ReadAsync(answer)).Reason);
        Assert.Equal(OthersPage, Header(answer, "Access-Control-Allow-Origin")); // that page may read why it was refused
    }

    [Fact]
    public async Task A_sign_in_is_begun_from_listed_origins_only()
    {
        Assert.Equal(HttpStatusCode.Created, (await _proxy.AuthorizeAsync(ProxyHost.ApiKey, origin: Page)).StatusCode);
        Assert.Equal(
            "origin_not_allowed",
            (await Problem.ReadAsync(await _proxy.AuthorizeAsync(ProxyHost.ApiKey, origin: "https://evil.example.com"))).Reason
        );
    }

    [Fact]
    public async Task The_proxys_own_page_may_call()
    {
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(_proxy.Url.GetLeftPart(UriPartial.Authority))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync($"http://localhost:{_proxy.Url.Port}", $"localhost:{_proxy.Url.Port}")).StatusCode);
    }

    [Fact]
    public async Task A_foreign_page_that_points_its_own_name_at_the_proxy_may_not()
    {
        var problem = await Problem.ReadAsync(await GetAsync("http://evil.example.com:8080", "evil.example.com:8080"));

        Assert.Equal("host_not_allowed", problem.Reason);
    }

    [Fact]
    public async Task A_refusal_can_be_read_by_the_page_that_met_it()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/tweets")
        {
            Content = JsonContent.Create(new { text = 7 }),
            Headers = { { "Origin", Page } },
        };

        var answer = await _alice.Http.SendAsync(request);

        Assert.Equal("invalid_request", (await Problem.ReadAsync(answer)).Reason);
        Assert.Equal(Page, Header(answer, "Access-Control-Allow-Origin"));
    }

    private Task<HttpResponseMessage> GetAsync(string origin, string? host = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/2/users/me") { Headers = { { "Origin", origin } } };
        request.Headers.Host = host;
        return _alice.Http.SendAsync(request);
    }

    private Task<HttpResponseMessage> PreflightAsync(string origin, string method, string path) =>
        _proxy.Http.SendAsync(
            new(HttpMethod.Options, path)
            {
                Headers =
                {
                    { "Origin", origin },
                    { "Access-Control-Request-Method", method },
                    { "Access-Control-Request-Headers", "authorization,content-type" },
                },
            }
        );

    private static string Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : "";

    public sealed class TwoClients : SharedProxy
    {
        private protected override ProxySetup Setup =>
            new()
            {
                Settings = new Dictionary<string, string>
                {
                    ["Clients:app:ApiKeys:0"] = ApiKey.Hash(ProxyHost.ApiKey),
                    ["Clients:app:Origins:0"] = Page,
                    ["Clients:other:ApiKeys:0"] = ApiKey.Hash("other-key"),
                    ["Clients:other:Origins:0"] = OthersPage,
                },
            };
    }
}
