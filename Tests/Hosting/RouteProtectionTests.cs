using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Hosting;

/// <summary>Every route requires one of the policies, unless this list says that it is public.</summary>
public sealed partial class RouteProtectionTests(SharedProxy shared) : IClassFixture<SharedProxy>
{
    private static readonly string[] PublicRoutes =
    [
        "GET /",
        "GET /healthz/live",
        "GET /healthz/ready",
        "GET /home/{file}",
        "GET /openapi/v1.json",
        "GET /ops",
        "GET /ops/sign-in",
        "GET /ops/{file}",
        "GET /reference/favicon.svg",
        "GET /reference/scalar.aspnetcore.js",
        "GET /reference/scalar.js",
        "GET /reference/{documentName?}",
        "GET /v1/auth/callback",
        "HEAD /",
        "HEAD /healthz/live",
        "HEAD /healthz/ready",
        "HEAD /home/{file}",
        "OPTIONS /v1/media",
        "OPTIONS /v1/media/{id}",
        "POST /ops/sign-in",
        "POST /ops/sign-out",
    ];

    private readonly ProxyHost _proxy = shared.Host;

    [Fact]
    public void Only_the_listed_routes_are_public() =>
        Assert.Equal(
            PublicRoutes,
            Routes().Where(route => route.IsPublic).Select(route => $"{route.Method} {route.Path}").Order(StringComparer.Ordinal)
        );

    [Fact]
    public void Every_other_route_requires_the_one_policy_of_its_group()
    {
        var routes = Routes().Where(route => !route.IsPublic).ToList();

        Assert.NotEmpty(routes);
        Assert.All(routes, route => Assert.Equal([PolicyOf(route.Path)], route.Policies));
    }

    [Fact]
    public async Task Without_credentials_every_route_that_is_not_public_is_refused_before_its_body_is_parsed()
    {
        foreach (var route in Routes().Where(route => !route.IsPublic))
        {
            using var request = new HttpRequestMessage(new(route.Method), Parameter().Replace(route.Path, "1"))
            {
                Headers = { { "Tus-Resumable", "1.0.0" } },
            };
            if (route.Method is not ("GET" or "HEAD"))
                request.Content = new StringContent("{malformed", Encoding.UTF8, "application/json");

            using var response = await _proxy.Http.SendAsync(request);

            Assert.True(response.StatusCode is HttpStatusCode.Unauthorized, $"{route.Method} {route.Path}: {response.StatusCode}");
            if (route.Method != "HEAD")
                Assert.Equal(ReasonOf(route.Path), (await Problem.ReadAsync(response)).Reason);
        }
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("X-Api-Key: wrong", "X-Admin-Key: wrong", "Authorization: Bearer otps_wrong")]
    public async Task Without_valid_credentials_no_body_is_waited_for(string? client, string? admin, string? session)
    {
        var routes = Routes().Where(route => !route.IsPublic && route.Method is not ("GET" or "HEAD" or "OPTIONS")).ToList();
        Assert.True(routes.Count > 15, "the routes were not found");
        foreach (var route in routes)
        {
            var credential = PolicyOf(route.Path) switch
            {
                ProxyPolicies.Client => client,
                ProxyPolicies.Operator => admin,
                _ => session,
            };
            using var connection = await RawConnection.OpenAsync(_proxy.Url);
            await connection.SendHeadAsync(
                $"{route.Method} {Parameter().Replace(route.Path, "1")}",
                token: null,
                [
                    "Tus-Resumable: 1.0.0",
                    "Content-Type: application/json",
                    "Content-Length: 100", // of which none is sent
                    .. credential is null ? Array.Empty<string>() : [credential],
                ]
            );

            var answer = await connection.ReadAsync();

            Assert.True(answer.Status is 401, $"{route.Method} {route.Path}: {answer.Status}");
        }
    }

    [Theory]
    [InlineData("GET", "/v1/session", "X-Api-Key", ProxyHost.ApiKey, "session_missing")]
    [InlineData("GET", "/v1/session", "X-Admin-Key", "dev-admin", "session_missing")]
    [InlineData("POST", "/v1/auth/authorize", "X-Admin-Key", "dev-admin", "api_key_missing")]
    [InlineData("GET", "/v1/ops/circuit", "X-Api-Key", ProxyHost.ApiKey, "admin_key_invalid")]
    [InlineData("GET", "/2/users/me", "X-Admin-Key", "dev-admin", "session_missing")]
    public async Task Credentials_of_another_kind_open_nothing(string method, string path, string header, string value, string reason)
    {
        using var request = new HttpRequestMessage(new(method), path) { Headers = { { header, value } } };

        await Refusal.ExpectAsync(await _proxy.Http.SendAsync(request), 401, reason);
    }

    [Fact]
    public async Task A_session_opens_neither_the_sign_in_nor_the_operators_routes()
    {
        var alice = await _proxy.SignInAsync("alice");

        await Refusal.ExpectAsync(await alice.Http.PostAsync("/v1/auth/authorize", null), 401, "api_key_missing");
        await Refusal.ExpectAsync(await alice.Http.GetAsync("/v1/ops/circuit"), 401, "admin_key_invalid");
    }

    [Fact]
    public async Task The_tus_version_comes_before_the_session_and_is_named_on_both_refusals()
    {
        using var withoutVersion = await _proxy.Http.PostAsync("/v1/media", null);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/media") { Headers = { { "Tus-Resumable", "1.0.0" } } };
        using var withVersion = await _proxy.Http.SendAsync(request);

        await Refusal.ExpectAsync(withoutVersion, 412, "tus_version_unsupported");
        await Refusal.ExpectAsync(withVersion, 401, "session_missing");
        Assert.Equal(
            ["1.0.0", "1.0.0"],
            [.. withoutVersion.Headers.GetValues("Tus-Resumable"), .. withVersion.Headers.GetValues("Tus-Resumable")]
        );
    }

    [Fact]
    public async Task A_route_without_a_policy_is_closed_to_everybody()
    {
        await using var proxy = await ProxyHost.StartAsync(
            new() { Customize = builder => builder.Services.AddSingleton<IStartupFilter, ForgottenRoute>() }
        );
        using var withKey = new HttpRequestMessage(HttpMethod.Get, ForgottenRoute.Path) { Headers = { { "X-Admin-Key", "dev-admin" } } };

        await Refusal.ExpectAsync(await proxy.Http.GetAsync(ForgottenRoute.Path), 401, "admin_key_invalid");
        await Refusal.ExpectAsync(await proxy.Http.SendAsync(withKey), 403, "endpoint_not_allowed");
    }

    [Fact]
    public async Task The_api_description_says_what_each_route_requires()
    {
        var document = await ProxyHost.ReadAsync(await _proxy.Http.GetAsync("/openapi/v1.json"));

        var operations = document
            .GetProperty("paths")
            .EnumerateObject()
            .SelectMany(path =>
                path.Value.EnumerateObject()
                    .Select(method => (Route: $"{method.Name.ToUpperInvariant()} {path.Name}", Path: path.Name, Operation: method.Value))
            )
            .ToList();
        Assert.NotEmpty(operations);
        Assert.All(operations, operation =>
            Assert.Equal(PublicRoutes.Contains(operation.Route) ? [] : SecurityOf(operation.Path), SecurityIn(operation.Operation))
        );
        var schemes = document.GetProperty("components").GetProperty("securitySchemes");
        Assert.Equal("bearer", schemes.GetProperty("session").GetProperty("scheme").GetString());
        Assert.Equal("X-Api-Key", schemes.GetProperty("client").GetProperty("name").GetString());
        Assert.Equal("X-Admin-Key", schemes.GetProperty("operator").GetProperty("name").GetString());
    }

    private IEnumerable<ProtectedRoute> Routes() =>
        _proxy
            .Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint =>
                (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(method => new ProtectedRoute(
                    method,
                    "/" + endpoint.RoutePattern.RawText!.Trim('/'),
                    endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null,
                    [.. endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(data => data.Policy)]
                ))
            );

    private static string PolicyOf(string path) =>
        path.Split('/') switch
        {
            ["", "v1", "auth", ..] => ProxyPolicies.Client,
            ["", "v1", "ops", ..] or ["", "dashboard", ..] => ProxyPolicies.Operator,
            ["", "2", ..] or ["", "v1", "limits" or "dry-run"] => ProxyPolicies.Call,
            _ => ProxyPolicies.Session,
        };

    private static string ReasonOf(string path) =>
        PolicyOf(path) switch
        {
            ProxyPolicies.Client => "api_key_missing",
            ProxyPolicies.Operator => "admin_key_invalid",
            _ => "session_missing",
        };

    private static string[] SecurityOf(string path) =>
        PolicyOf(path) switch
        {
            ProxyPolicies.Client => ["client"],
            ProxyPolicies.Operator => ["operator"],
            ProxyPolicies.Call => ["session", "client"],
            _ => ["session"],
        };

    private static IEnumerable<string> SecurityIn(JsonElement operation) =>
        operation.TryGetProperty("security", out var security)
            ? security.EnumerateArray().SelectMany(requirement => requirement.EnumerateObject()).Select(scheme => scheme.Name)
            : [];

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();

    private sealed record ProtectedRoute(string Method, string Path, bool IsPublic, IReadOnlyList<string?> Policies);

    /// <summary>Adds a route that has neither a policy nor an exemption.</summary>
    private sealed class ForgottenRoute : IStartupFilter
    {
        public const string Path = "/forgotten";

        private static readonly RouteEndpoint Endpoint = new(
            context => context.Response.WriteAsync("open"),
            RoutePatternFactory.Parse(Path),
            0,
            EndpointMetadataCollection.Empty,
            Path
        );

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
            app =>
            {
                app.Use(
                    (context, proceed) =>
                    {
                        if (context.Request.Path == Path)
                            context.SetEndpoint(Endpoint); // routing keeps an endpoint that has been selected
                        return proceed(context);
                    }
                );
                next(app);
            };
    }
}
