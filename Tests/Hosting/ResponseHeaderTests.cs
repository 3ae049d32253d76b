using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Hosting;

/// <summary>Whatever a server of ours answers, no cache keeps it, no browser guesses its type, and no page frames it.</summary>
public sealed partial class ResponseHeaderTests(ResponseHeaderTests.WithDashboard shared) : IClassFixture<ResponseHeaderTests.WithDashboard>
{
    private static readonly string[] Everywhere = ["HEAD", "OPTIONS", "TRACE"];

    private readonly ProxyHost _proxy = shared.Host;

    public static TheoryData<string> Callers => ["nobody", "session", "client", "operator"];

    [Theory]
    [MemberData(nameof(Callers))]
    public async Task Every_route_answers_every_caller_with_them(string caller)
    {
        var session = await _proxy.SignInAsync(shared.Begin());
        var routes = Routes().Where(route => route.Path != "/v1/session" || route.Method == "GET").ToList(); // what ends the session

        foreach (var (method, path) in routes)
        {
            using var request = Request(method, path, caller, session);
            using var response = await _proxy.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            AssertProtected(response, $"{method} {path} {(int)response.StatusCode}");
        }

        Assert.True(routes.Count > 50, $"{routes.Count} routes");
    }

    [Theory]
    [InlineData("GET", "/no/such/route", "", 404)]
    [InlineData("DELETE", "/v1/users/me", "", 405)]
    [InlineData("GET", "/", "Host: attacker.example", 421)]
    [InlineData("POST", "/v1/media", "Tus-Resumable: 0.1", 412)]
    [InlineData("POST", "/v1/auth/authorize", "Content-Type: application/json; charset=foo", 415)] // by an exception
    [InlineData("OPTIONS", "/v1/tweets", "Origin: https://app.example.com | Access-Control-Request-Method: POST", 204)]
    [InlineData("GET", "/", "", 200)]
    [InlineData("GET", "/openapi/v1.json", "", 200)]
    [InlineData("GET", "/v1/auth/callback?code=a&state=b", "", 400)]
    [InlineData("GET", "/dashboard/", "X-Admin-Key: dev-admin", 200)]
    [InlineData("GET", "/dashboard/index.min.js", "X-Admin-Key: dev-admin", 200)]
    [InlineData("GET", "/dashboard/index.css", "X-Admin-Key: dev-admin", 200)]
    [InlineData("GET", "/dashboard/DashboardCounters", "X-Admin-Key: dev-admin", 200)]
    [InlineData("GET", "/dashboard/no/such/file", "X-Admin-Key: dev-admin", 404)]
    public async Task Every_kind_of_answer_has_them(string method, string path, string headers, int status)
    {
        using var request = new HttpRequestMessage(new(method), path);
        foreach (var header in headers.Split(" | "))
        {
            if (header.Split(": ") is not [var name, var value])
                continue;
            if (name == "Content-Type")
            {
                request.Content = new ByteArrayContent("{}"u8.ToArray());
                request.Content.Headers.TryAddWithoutValidation(name, value);
                request.Headers.Add("X-Api-Key", ProxyHost.ApiKey);
            }
            else
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        using var response = await _proxy.Http.SendAsync(request);

        Assert.Equal(status, (int)response.StatusCode);
        AssertProtected(response, path);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(304)]
    [InlineData(403)]
    [InlineData(503)]
    public async Task What_X_says_of_caching_is_overruled(int status)
    {
        var alice = await _proxy.SignInAsync(shared.Begin());
        _proxy.Sandbox.Faults.Add(
            new()
            {
                Endpoint = "GET /2/users/me",
                Status = status,
                Body = status == 304 ? null : "<script>alert(1)</script>",
                Headers = new Dictionary<string, string?>
                {
                    ["Cache-Control"] = "public, max-age=31536000, immutable",
                    ["Expires"] = "Thu, 01 Jan 2099 00:00:00 GMT",
                    ["Pragma"] = "public",
                    ["Content-Type"] = "text/html",
                    ["Content-Security-Policy"] = "default-src *",
                },
            }
        );

        foreach (var path in (string[])["/2/users/me", "/v1/users/me"])
        {
            using var response = await alice.Http.GetAsync(path);

            Assert.Equal(status, (int)response.StatusCode);
            AssertProtected(response, path);
            Assert.Null(response.Content.Headers.Expires);
            Assert.Equal("default-src 'none'; frame-ancestors 'none'", Header(response, "Content-Security-Policy"));
        }
    }

    [Fact]
    public async Task An_upload_and_its_events_have_them()
    {
        var alice = await _proxy.SignInAsync(shared.Begin());
        var upload = await alice.Http.BeginAsync(TusClient.Mebibyte);

        foreach (
            var (method, path) in (IEnumerable<(string, string)>)
                [("HEAD", upload), ("GET", upload), ("GET", upload + "/events"), ("DELETE", upload)]
        )
        {
            using var request = TusClient.Request(new(method), path);
            using var response = await alice.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

            Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {response.StatusCode}");
            AssertProtected(response, $"{method} {path}");
        }
    }

    [Theory]
    [InlineData("GET", "/_sandbox", 200)]
    [InlineData("POST", "/_sandbox/accounts/alice/tokens", 200)]
    [InlineData("GET", "/_sandbox/no/such/route", 404)]
    [InlineData("GET", "/i/oauth2/authorize", 400)]
    [InlineData("GET", "/2/users/me", 401)]
    [InlineData("GET", "/no/such/route", 404)]
    [InlineData("PUT", "/2/tweets", 405)]
    public async Task The_sandbox_has_them_too(string method, string path, int status)
    {
        using var http = new HttpClient { BaseAddress = _proxy.Sandbox.BaseAddress };
        using var response = await http.SendAsync(new(new(method), path));

        Assert.Equal(status, (int)response.StatusCode);
        AssertProtected(response, path);
    }

    [Theory]
    [InlineData(null, "/")]
    [InlineData("http://localhost:1234/", "http://localhost:1234")]
    public async Task The_api_description_names_the_public_address_and_never_the_callers(string? publicUrl, string expected)
    {
        var settings = new Dictionary<string, string> { ["Proxy:AllowedHosts:0"] = "*" };
        if (publicUrl is not null)
            settings["Proxy:PublicUrl"] = publicUrl;
        await using var proxy = await ProxyHost.StartAsync(new() { Settings = settings });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/openapi/v1.json") { Headers = { Host = "attacker.example" } };

        var document = await ProxyHost.ReadAsync(await proxy.Http.SendAsync(request));

        Assert.Equal(expected, Assert.Single(document.GetProperty("servers").EnumerateArray()).GetProperty("url").GetString());
    }

    [Fact]
    public void They_cost_a_call_no_memory()
    {
        var context = new DefaultHttpContext { TraceIdentifier = "request" };
        ResponseHeaders.Write(context);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1000; i++)
            ResponseHeaders.Write(context);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void AssertProtected(HttpResponseMessage response, string where)
    {
        Assert.True(
            response.Headers.CacheControl is { NoStore: true, Public: false, MaxAge: null }
                // A file of the package, the same for everybody: a browser asks each time whether it has changed.
                || (where.StartsWith("GET /reference/", StringComparison.Ordinal) && response.Headers.CacheControl is { NoCache: true }),
            $"{where}: {response.Headers.CacheControl}"
        );
        Assert.True(Header(response, "X-Content-Type-Options") == "nosniff", where);
        Assert.True(Header(response, "Referrer-Policy") == "no-referrer", where);
        var policy = Header(response, "Content-Security-Policy").Split("; ");
        Assert.True(policy.Contains("default-src 'none'") && policy.Contains("frame-ancestors 'none'"), where);
        Assert.DoesNotContain(policy, rule =>
            rule.StartsWith("script-src", StringComparison.Ordinal) && rule.Contains("unsafe", StringComparison.Ordinal)
        );
        // Pictures alone come from elsewhere, to the home page.
        Assert.DoesNotContain(policy, rule =>
            rule.Contains('*', StringComparison.Ordinal)
            || (rule.Contains("http", StringComparison.Ordinal) && !rule.StartsWith("img-src ", StringComparison.Ordinal))
        );
    }

    private static string Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? Assert.Single(values) : "";

    private static HttpRequestMessage Request(string method, string path, string caller, SignedIn session)
    {
        var request = new HttpRequestMessage(new(method), path) { Headers = { { "Tus-Resumable", "1.0.0" } } };
        if (caller == "session")
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", session.Token);
        else if (caller == "client")
            request.Headers.Add("X-Api-Key", ProxyHost.ApiKey);
        else if (caller == "operator")
            request.Headers.Add("X-Admin-Key", "dev-admin");
        if (method is "POST" or "PUT" or "PATCH")
            request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        return request;
    }

    // Each with its own methods, and those that every path may be asked with.
    private IEnumerable<(string Method, string Path)> Routes() =>
        _proxy
            .Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint =>
                (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"])
                    .Concat(Everywhere)
                    .Select(method => (method, Parameter().Replace("/" + endpoint.RoutePattern.RawText!.Trim('/'), "1")))
            )
            .Where(route => !route.Item2.EndsWith("/isolate", StringComparison.Ordinal)) // what refuses every later call
            .Distinct();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();

    public sealed class WithDashboard : SharedProxy
    {
        private protected override ProxySetup Setup =>
            new() { Settings = new Dictionary<string, string> { ["Cluster:Dashboard"] = "true" } };
    }
}
