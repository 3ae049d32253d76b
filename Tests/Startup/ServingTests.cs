using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Startup;

/// <summary>What the running proxy shows about itself, and how it stops.</summary>
public sealed class ServingTests
{
    [Fact]
    public async Task It_is_live_and_ready_once_it_serves()
    {
        await using var proxy = await ProxyHost.StartAsync();

        Assert.Equal((HttpStatusCode.OK, "Healthy"), await HealthAsync(proxy, "live"));
        Assert.Equal((HttpStatusCode.OK, "Healthy"), await HealthAsync(proxy, "ready"));
    }

    [Fact]
    public async Task The_log_says_where_it_is_and_that_the_development_key_is_open()
    {
        using var logs = new CapturedLogs();
        await using var proxy = await ProxyHost.StartAsync(
            new()
            {
                Settings = new Dictionary<string, string> { ["Logging:LogLevel:Default"] = "Information" },
                Customize = logs.AddTo,
            }
        );

        Assert.Contains(logs.Entries, entry =>
            entry.Message.Contains($"ready: open {proxy.Url.GetLeftPart(UriPartial.Authority)}", StringComparison.Ordinal)
        );
        Assert.Contains(logs.Entries, entry => entry.Message.Contains(proxy.DataPath, StringComparison.Ordinal));
        Assert.Contains(logs.Entries, entry =>
            entry.Level is LogLevel.Warning && entry.Message.Contains("dev-key", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Without_its_database_it_is_live_but_not_ready()
    {
        await using var proxy = await ProxyHost.StartAsync(
            new()
            {
                Customize = builder =>
                    builder
                        .Services.AddHealthChecks()
                        .AddCheck(
                            "broken",
                            () => Microsoft.Extensions.Diagnostics.HealthChecks.HealthCheckResult.Unhealthy("why"),
                            tags: [Api.Ops.HealthEndpoints.ReadyTag]
                        ),
            }
        );

        Assert.Equal((HttpStatusCode.OK, "Healthy"), await HealthAsync(proxy, "live"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy: broken (why)"), await HealthAsync(proxy, "ready"));
    }

    [Fact]
    public async Task The_api_description_lists_every_route_with_its_answers()
    {
        await using var proxy = await ProxyHost.StartAsync();

        var document = await ProxyHost.ReadAsync(await proxy.Http.GetAsync("/openapi/v1.json"));

        Assert.StartsWith("3.", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        var operations = document
            .GetProperty("paths")
            .EnumerateObject()
            .SelectMany(path =>
                path.Value.EnumerateObject()
                    .Select(method => (Route: $"{method.Name.ToUpperInvariant()} {path.Name}", Operation: method.Value))
            )
            .ToList();
        Assert.Equal(Routes(proxy), operations.Select(operation => operation.Route).Order(StringComparer.Ordinal));
        Assert.All(operations, operation => Assert.NotEmpty(operation.Operation.GetProperty("summary").GetString()!));
        Assert.All(operations, operation =>
            Assert.Contains(operation.Operation.GetProperty("responses").EnumerateObject(), response => response.Name.StartsWith('2'))
        );
        Assert.All(operations.Where(operation => !operation.Route.Contains("/healthz/", StringComparison.Ordinal)), operation =>
            Assert.True(
                operation
                    .Operation.GetProperty("responses")
                    .GetProperty("default")
                    .GetProperty("content")
                    .TryGetProperty("application/problem+json", out _)
            )
        );
        Assert.All(operations, operation => Assert.Equal(ParametersIn(operation.Route), ParametersOf(operation.Operation)));
    }

    [Fact]
    public async Task Every_reference_in_the_api_description_leads_somewhere()
    {
        await using var proxy = await ProxyHost.StartAsync();

        var document = await ProxyHost.ReadAsync(await proxy.Http.GetAsync("/openapi/v1.json"));

        var references = References(document).Distinct().ToList();
        Assert.NotEmpty(references);
        foreach (var reference in references)
        {
            var at = document;
            foreach (var step in reference.Split('/').Skip(1))
                Assert.True(at.TryGetProperty(step, out at), reference);
        }
    }

    [Fact]
    public async Task The_home_page_runs_nothing_but_its_own_and_tells_nobody_where_it_was()
    {
        await using var proxy = await ProxyHost.StartAsync();

        var page = await proxy.Http.GetAsync("/");

        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.StatusCode, page.Content.Headers.ContentType?.MediaType));
        var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.All(["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"], rule =>
            Assert.Contains(rule, policy, StringComparison.Ordinal)
        );
        Assert.Equal("no-referrer", Assert.Single(page.Headers.GetValues("Referrer-Policy")));
        Assert.StartsWith("<!doctype html>", (await page.Content.ReadAsStringAsync()).TrimStart(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Forbidden)]
    [InlineData("10.0.0.0/8", HttpStatusCode.Forbidden)]
    [InlineData("127.0.0.1", HttpStatusCode.Created)]
    [InlineData("127.0.0.0/8", HttpStatusCode.Created)]
    public async Task Forwarded_headers_are_believed_from_configured_proxies_only(string? trusted, HttpStatusCode expected)
    {
        var settings = new Dictionary<string, string> { ["Clients:app:ApiKeys:0"] = ApiKey.Hash(ProxyHost.ApiKey) };
        if (trusted is not null)
            settings["Proxy:TrustedProxies:0"] = trusted;
        await using var proxy = await ProxyHost.StartAsync(new() { Settings = settings });
        proxy.Http.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");

        // The page is the proxy's own if the proxy believes that it was asked over https.
        Assert.Equal(expected, (await proxy.AuthorizeAsync(ProxyHost.ApiKey, origin: $"https://{proxy.Url.Authority}")).StatusCode);
    }

    [Fact]
    public async Task A_graceful_stop_lets_a_call_in_flight_finish_and_takes_no_new_ones()
    {
        var proxy = await ProxyHost.StartAsync();
        await using var x = proxy.Sandbox;
        var alice = await proxy.SignInAsync("alice");
        var stall = x.Faults.Add(new() { Endpoint = "GET /2/users/me", Stall = true });
        var call = alice.Http.GetAsync("/v1/users/me");
        await x.Faults.WaitUntilHitAsync(stall);
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        proxy.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(stopping.SetResult);

        var stopped = proxy.DisposeAsync().AsTask();
        await stopping.Task;
        x.Faults.Remove(stall);

        Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);
        await stopped;
        await Assert.ThrowsAsync<HttpRequestException>(() => alice.Http.GetAsync("/v1/users/me"));
    }

    private static async Task<(HttpStatusCode Status, string Body)> HealthAsync(ProxyHost proxy, string check)
    {
        var response = await proxy.Http.GetAsync($"/healthz/{check}");
        Assert.True(response.Headers.CacheControl?.NoStore);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    // The home page is for people, and the document does not describe itself.
    private static List<string> Routes(ProxyHost proxy) =>
        [
            .. proxy
                .Services.GetRequiredService<EndpointDataSource>()
                .Endpoints.OfType<RouteEndpoint>()
                .Where(endpoint => endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is not { ExcludeFromDescription: true })
                .SelectMany(endpoint =>
                    (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []).Select(method =>
                        $"{method} /{endpoint.RoutePattern.RawText!.Trim('/').Replace("**", "", StringComparison.Ordinal)}"
                    )
                )
                .Where(route => route.Split(' ')[1] is not ("/" or "/home/{file}"))
                .Order(StringComparer.Ordinal),
        ];

    private static IEnumerable<string> ParametersIn(string route) =>
        route.Split('/').Where(segment => segment.StartsWith('{')).Select(segment => segment.Trim('{', '}'));

    private static IEnumerable<string?> ParametersOf(JsonElement operation) =>
        operation.TryGetProperty("parameters", out var parameters)
            ? parameters
                .EnumerateArray()
                .Where(parameter => parameter.GetProperty("in").GetString() == "path")
                .Select(parameter => parameter.GetProperty("name").GetString())
            : [];

    private static IEnumerable<string> References(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Object => element
                .EnumerateObject()
                .SelectMany(member => member.Name == "$ref" ? [member.Value.GetString()!] : References(member.Value)),
            JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
            _ => [],
        };
}
