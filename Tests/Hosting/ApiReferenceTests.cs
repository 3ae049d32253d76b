using System.Net;
using System.Text.RegularExpressions;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Hosting;

/// <summary>The page for reading the API description.</summary>
public sealed partial class ApiReferenceTests(SharedProxy shared) : IClassFixture<SharedProxy>
{
    private readonly HttpClient _http = shared.Host.Http;

    [Fact]
    public async Task The_page_runs_its_own_scripts_alone_and_shows_our_description()
    {
        var response = await _http.GetAsync("/reference/");
        var html = await response.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("openapi/v1.json", html, StringComparison.Ordinal);
        var nonces = Nonce().Matches(html).Select(match => match.Groups[1].Value).Distinct();
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains($"script-src 'self' 'nonce-{Assert.Single(nonces)}';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("://", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/reference/scalar.js")]
    [InlineData("/reference/scalar.aspnetcore.js")]
    public async Task Its_scripts_come_from_the_proxy(string path)
    {
        var response = await _http.GetAsync(path);

        Assert.Equal((HttpStatusCode.OK, "text/javascript"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
    }

    [Fact]
    public async Task Each_response_has_another_nonce() => Assert.NotEqual(await PolicyAsync(), await PolicyAsync());

    private async Task<string> PolicyAsync() =>
        Assert.Single((await _http.GetAsync("/reference/")).Headers.GetValues("Content-Security-Policy"));

    [GeneratedRegex("nonce=\"([^\"]+)\"")]
    private static partial Regex Nonce();
}
