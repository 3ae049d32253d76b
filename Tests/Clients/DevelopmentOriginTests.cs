using System.Net;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Clients;

/// <summary>While nothing is configured, the pages of this machine may call, whatever their port; no others, and not later.</summary>
public sealed class DevelopmentOriginTests(SharedProxy shared) : IClassFixture<SharedProxy>
{
    private const string Page = "http://localhost:5173";

    [Theory]
    [InlineData(Page)]
    [InlineData("http://127.0.0.1:3000")]
    [InlineData("https://localhost")]
    [InlineData("http://[::1]:8000")]
    public async Task A_page_on_loopback_may_call(string origin)
    {
        var preflight = await CallAsync(shared.Host, HttpMethod.Options, origin);
        var call = await CallAsync(shared.Host, HttpMethod.Post, origin);

        Assert.Equal((HttpStatusCode.NoContent, origin), (preflight.StatusCode, AllowedOrigin(preflight)));
        Assert.Equal((HttpStatusCode.Created, origin), (call.StatusCode, AllowedOrigin(call)));
    }

    [Theory]
    [InlineData("https://evil.example.com")]
    [InlineData("http://localhost.evil.example.com")]
    [InlineData("http://evil.example.com#localhost")]
    [InlineData("http://localhost@evil.example.com")]
    [InlineData("chrome-extension://localhost")]
    [InlineData("null")]
    public async Task Any_other_may_not(string origin)
    {
        Assert.Equal("", AllowedOrigin(await CallAsync(shared.Host, HttpMethod.Options, origin)));
        Assert.Equal("origin_not_allowed", (await Problem.ReadAsync(await CallAsync(shared.Host, HttpMethod.Post, origin))).Reason);
    }

    [Fact]
    public async Task A_call_that_another_proxy_has_sent_on_may_not() =>
        Assert.Equal("", AllowedOrigin(await CallAsync(shared.Host, HttpMethod.Options, Page, ("X-Forwarded-For", "203.0.113.7"))));

    [Fact]
    public async Task With_a_client_configured_it_lists_its_pages()
    {
        await using var proxy = await ProxyHost.StartAsync(
            new() { Settings = new Dictionary<string, string> { ["Clients:app:ApiKeys:0"] = ApiKey.Hash(ProxyHost.ApiKey) } }
        );

        Assert.Equal("", AllowedOrigin(await CallAsync(proxy, HttpMethod.Options, Page)));
        Assert.Equal("origin_not_allowed", (await Problem.ReadAsync(await CallAsync(proxy, HttpMethod.Post, Page))).Reason);
    }

    [Theory]
    [InlineData("http://localhost:5173/signed-in", HttpStatusCode.Created)]
    [InlineData("http://localhost:5173/signed-in?handoff=x", HttpStatusCode.BadRequest)]
    [InlineData("https://app.example.com/signed-in", HttpStatusCode.BadRequest)]
    [InlineData("http://localhost@evil.example.com/", HttpStatusCode.BadRequest)]
    public async Task A_sign_in_returns_to_pages_on_loopback_alone(string url, HttpStatusCode expected) =>
        Assert.Equal(expected, (await shared.Host.Http.AuthorizeAsync(new { return_url = url })).StatusCode);

    private static Task<HttpResponseMessage> CallAsync(
        ProxyHost proxy,
        HttpMethod method,
        string origin,
        params (string Name, string Value)[] headers
    )
    {
        var request = new HttpRequestMessage(method, "/v1/auth/authorize");
        if (method == HttpMethod.Post)
            request.Content = new StringContent("{}") { Headers = { ContentType = new("application/json") } };
        else
            request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.TryAddWithoutValidation("Origin", origin);
        request.Headers.Add("X-Api-Key", ProxyHost.ApiKey);
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        return proxy.Http.SendAsync(request);
    }

    private static string AllowedOrigin(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? string.Join(", ", values) : "";
}
