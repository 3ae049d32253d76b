using System.Net;
using System.Net.Http.Headers;
using System.Text;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Hosting;

/// <summary>The public keys <c>dev-key</c> and <c>dev-admin</c> open a proxy that is tried out on one machine, and no other.</summary>
public sealed class DevelopmentModeTests(SharedProxy shared) : IClassFixture<SharedProxy>
{
    private const string AdminKey = "dev-admin";

    [Fact]
    public async Task On_one_machine_with_the_sandbox_both_keys_are_valid() =>
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), await TryAsync(shared.Host));

    [Theory]
    [InlineData("X-Forwarded-For", "203.0.113.7")]
    [InlineData("X-Forwarded-Host", "proxy.example.com")]
    [InlineData("X-Forwarded-Proto", "https")]
    [InlineData("x-real-ip", "203.0.113.7")]
    [InlineData("Forwarded", "for=203.0.113.7")]
    [InlineData("Via", "1.1 proxy")]
    public async Task A_request_that_a_proxy_has_sent_on_is_refused(string header, string value) =>
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), await TryAsync(shared.Host, header, value));

    [Theory]
    [InlineData("Proxy:AllowedHosts:0", "proxy.example.com", "proxy.example.com")]
    [InlineData("Proxy:PublicUrl", "https://proxy.example.com", null)]
    [InlineData("Twitter:ApiBaseUrl", "https://api.x.com", null)]
    [InlineData("Ops:AdminKeys:0", "key", null)]
    [InlineData("Clients:app:ApiKeys:0", "key", null)]
    public async Task What_says_that_the_proxy_is_in_use_ends_both(string setting, string value, string? host)
    {
        await using var proxy = await ProxyHost.StartAsync(
            new() { Settings = new Dictionary<string, string> { [setting] = value == "key" ? ApiKey.Hash("another") : value } }
        );

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), await TryAsync(proxy, "Host", host));
    }

    [Theory]
    [InlineData("Origin", "http://attacker.example", "cors", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "null", "navigate", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "cross-site", "no-cors", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "same-site", "cors", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "cross-site", "navigate", HttpStatusCode.OK)]
    [InlineData("Sec-Fetch-Site", "same-origin", "cors", HttpStatusCode.OK)]
    public async Task A_foreign_page_cannot_use_the_key_that_a_browser_remembers(
        string header,
        string value,
        string mode,
        HttpStatusCode expected
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/ops/circuit");
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"anyone:{AdminKey}"))
        );
        request.Headers.Add(header, value);
        request.Headers.Add("Sec-Fetch-Mode", mode);

        Assert.Equal(expected, (await shared.Host.Http.SendAsync(request)).StatusCode);
    }

    private static async Task<(HttpStatusCode Client, HttpStatusCode Operator)> TryAsync(
        ProxyHost proxy,
        string? header = null,
        string? value = null
    )
    {
        using var client = new HttpRequestMessage(HttpMethod.Post, "/v1/auth/authorize") { Content = new StringContent("{}") };
        client.Content.Headers.ContentType = new("application/json");
        client.Headers.Add("X-Api-Key", ProxyHost.ApiKey);
        using var ops = new HttpRequestMessage(HttpMethod.Get, "/v1/ops/circuit") { Headers = { { "X-Admin-Key", AdminKey } } };
        foreach (var request in (HttpRequestMessage[])[client, ops])
        {
            if (header is not null && value is not null)
                request.Headers.TryAddWithoutValidation(header, value);
        }

        return ((await proxy.Http.SendAsync(client)).StatusCode, (await proxy.Http.SendAsync(ops)).StatusCode);
    }
}
