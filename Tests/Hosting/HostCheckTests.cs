using System.Net;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Hosting;

/// <summary>A web page that points a name of its own at this machine (DNS rebinding) neither reads nor changes anything.</summary>
public sealed class HostCheckTests(HostCheckTests.NamedProxy shared) : IClassFixture<HostCheckTests.NamedProxy>
{
    [Theory]
    [InlineData("GET", "/")]
    [InlineData("POST", "/v1/auth/authorize")]
    [InlineData("GET", "/v1/auth/callback?state=a&code=b")]
    [InlineData("GET", "/v1/session")]
    [InlineData("GET", "/2/users/me")]
    [InlineData("POST", "/v1/media")]
    [InlineData("GET", "/v1/ops/circuit")]
    [InlineData("POST", "/v1/ops/circuit/isolate")]
    [InlineData("GET", "/dashboard/")]
    [InlineData("GET", "/dashboard/DashboardCounters")]
    [InlineData("GET", "/openapi/v1.json")]
    [InlineData("GET", "/no/such/route")]
    public async Task Another_host_is_refused_on_every_route(string method, string path)
    {
        using var answer = await SendAsync(shared.Host.Http, new(method), path, host: "attacker.example");

        await Refusal.ExpectAsync(answer, 421, "host_not_allowed");
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("LOCALHOST:1234")]
    [InlineData("127.0.0.1:8080")]
    [InlineData("[::1]:8080")]
    [InlineData("proxy.internal")]
    [InlineData("eu.proxy.example")]
    public async Task Loopback_and_configured_names_are_served(string host)
    {
        using var answer = await SendAsync(shared.Host.Http, HttpMethod.Get, "/openapi/v1.json", host);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("localhost.attacker.example")]
    [InlineData("127.0.0.1.attacker.example")]
    [InlineData("proxy.example")]
    [InlineData("attacker-proxy.internal")]
    public async Task Names_that_only_look_alike_are_refused(string host)
    {
        using var answer = await SendAsync(shared.Host.Http, HttpMethod.Get, "/", host);

        await Refusal.ExpectAsync(answer, 421, "host_not_allowed");
    }

    [Fact]
    public async Task Health_checks_may_call_by_any_name()
    {
        using var answer = await SendAsync(shared.Host.Http, HttpMethod.Get, "/healthz/live", host: "10.1.2.3");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/_sandbox")]
    [InlineData("POST", "/_sandbox/accounts/alice/tokens")]
    [InlineData("GET", "/2/users/me")]
    [InlineData("GET", "/i/oauth2/authorize")]
    public async Task The_sandbox_refuses_another_host_too(string method, string path)
    {
        using var x = new HttpClient { BaseAddress = shared.Host.Sandbox.BaseAddress };
        using var answer = await SendAsync(x, new(method), path, host: "attacker.example");

        Assert.Equal(HttpStatusCode.MisdirectedRequest, answer.StatusCode);
    }

    [Fact]
    public async Task The_sandboxs_control_API_takes_nothing_from_foreign_pages()
    {
        using var x = new HttpClient { BaseAddress = shared.Host.Sandbox.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/_sandbox/accounts/alice/tokens");
        request.Headers.Add("Origin", "http://attacker.example");

        Assert.Equal(HttpStatusCode.Forbidden, (await x.SendAsync(request)).StatusCode);
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient http, HttpMethod method, string path, string host) =>
        http.SendAsync(new HttpRequestMessage(method, path) { Headers = { Host = host } });

    public sealed class NamedProxy : SharedProxy
    {
        private protected override ProxySetup Setup =>
            new()
            {
                Settings = new Dictionary<string, string>
                {
                    ["Cluster:Dashboard"] = "true",
                    ["Proxy:AllowedHosts:0"] = "proxy.internal",
                    ["Proxy:AllowedHosts:1"] = "*.proxy.example",
                },
            };
    }
}
