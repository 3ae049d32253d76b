using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Api.Ops;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Hosting;

/// <summary>A silo without a front end: no clients and no sessions, health checks for everybody, and the dashboard for operators.</summary>
public sealed class OperatorOnlyHostTests : IAsyncLifetime
{
    private WebApplication _app = null!;
    private HttpClient _http = null!;

    public async Task InitializeAsync()
    {
        // Which checks that every service can be built.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Development" });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Configuration["Twitter:ApiBaseUrl"] = "http://127.0.0.1:8081"; // a sandbox: the development key is valid
        builder.Services.AddProblemResponses();
        builder.Services.AddHealthChecks();
        builder.Services.AddOps();
        builder.Services.AddOperatorAuthentication();
        _app = builder.Build();
        _app.UseProblemResponses();
        _app.UseRouting();
        _app.UseProxyAuthentication();
        _app.MapHealth();
        _app.MapGet("/dashboard", () => "numbers").RequireAuthorization(ProxyPolicies.Operator);
        _app.MapGet("/forgotten", () => "open");
        await _app.StartAsync();
        _http = NewClient(_app.Urls.First());
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Theory]
    [InlineData("X-Admin-Key", "dev-admin")]
    [InlineData("Authorization", "Basic eDpkZXYtYWRtaW4=")] // x:dev-admin
    public async Task The_dashboard_opens_with_the_admin_key(string header, string value) =>
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/dashboard", header, value)).StatusCode);

    [Theory]
    [InlineData("X-Admin-Key", "wrong")]
    [InlineData("X-Api-Key", "dev-key")]
    [InlineData("Authorization", "Bearer dev-admin")]
    [InlineData("Authorization", "Basic not-base64")]
    public async Task It_opens_with_nothing_else_and_asks_a_browser_for_the_key(string header, string value)
    {
        using var response = await GetAsync("/dashboard", header, value);

        await Refusal.ExpectAsync(response, 401, "admin_key_invalid");
        Assert.Equal("Basic", response.Headers.WwwAuthenticate.Single().Scheme);
    }

    [Fact]
    public async Task Health_is_public_a_route_without_a_policy_is_closed_and_an_unknown_path_is_not_found()
    {
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync("/healthz/live")).StatusCode);
        await Refusal.ExpectAsync(await _http.GetAsync("/forgotten"), 401, "admin_key_invalid");
        await Refusal.ExpectAsync(await GetAsync("/forgotten", "X-Admin-Key", "dev-admin"), 403, "endpoint_not_allowed");
        await Refusal.ExpectAsync(await _http.GetAsync("/nowhere"), 404, "not_found");
        await Refusal.ExpectAsync(await _http.PostAsync("/dashboard", null), 405, "method_not_allowed");
    }

    private static HttpClient NewClient(string url) => new() { BaseAddress = new(url) };

    private Task<HttpResponseMessage> GetAsync(string path, string header, string value)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation(header, value);
        return _http.SendAsync(request);
    }
}
