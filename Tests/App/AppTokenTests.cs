using System.Net;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.App;

/// <summary>Where the app's own token comes from, and what is told when X does not take it.</summary>
public sealed class AppTokenTests : IAsyncLifetime
{
    private const string Rules = "/2/tweets/search/stream/rules";

    private readonly ManualClock _clock = new();
    private SandboxServer _x = null!;
    private ProxyHost? _proxy;

    public async Task InitializeAsync() => _x = await SandboxServer.StartAsync(new() { Url = "http://127.0.0.1:0" }, _clock);

    public async Task DisposeAsync()
    {
        if (_proxy is not null)
            await _proxy.DisposeAsync();
        await _x.DisposeAsync();
    }

    [Fact]
    public async Task Without_any_credentials_of_the_app_the_missing_settings_are_named()
    {
        await StartAsync(("Twitter:BearerToken", ""));

        var problem = await Problem.ReadAsync(await AskAsync());

        Assert.Equal((500, "proxy_misconfigured"), (problem.Status, problem.Reason));
        Assert.Contains("Twitter:BearerToken, or Twitter:ConsumerKey and Twitter:ConsumerSecret", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_the_consumer_key_X_issues_the_token_once_for_many_calls()
    {
        await StartAsync(
            ("Twitter:BearerToken", ""),
            ("Twitter:ConsumerKey", "sandbox-consumer-key"),
            ("Twitter:ConsumerSecret", "sandbox-consumer-secret")
        );

        var responses = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => AskAsync()));

        Assert.All(responses, response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        Assert.Equal(1, _x.Counters.Requests("POST /oauth2/token"));
    }

    [Fact]
    public async Task A_wrong_consumer_secret_is_named()
    {
        await StartAsync(("Twitter:BearerToken", ""), ("Twitter:ConsumerKey", "sandbox-consumer-key"), ("Twitter:ConsumerSecret", "wrong"));

        var problem = await Problem.ReadAsync(await AskAsync());

        Assert.Equal("proxy_misconfigured", problem.Reason);
        Assert.Contains("Twitter:ConsumerKey and Twitter:ConsumerSecret", problem.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bearer_token_that_X_refuses_is_the_operators_to_mend_and_not_the_clients()
    {
        await StartAsync(("Twitter:BearerToken", "not-the-apps"));

        var problem = await Problem.ReadAsync(await AskAsync());

        Assert.Equal((500, "proxy_misconfigured"), (problem.Status, problem.Reason));
        Assert.Contains("X refuses Twitter:BearerToken (401)", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_issued_token_that_X_refuses_later_is_replaced_once()
    {
        await StartAsync(
            ("Twitter:BearerToken", ""),
            ("Twitter:ConsumerKey", "sandbox-consumer-key"),
            ("Twitter:ConsumerSecret", "sandbox-consumer-secret")
        );
        await AskAsync();
        _clock.Advance(TimeSpan.FromMinutes(1));
        _x.Faults.Add(
            new()
            {
                Endpoint = $"GET {Rules}",
                Variant = FaultVariant.Unauthorized,
                Times = 1,
            }
        );

        using var response = await AskAsync();

        Assert.Equal((HttpStatusCode.OK, 2), (response.StatusCode, _x.Counters.Requests("POST /oauth2/token")));
    }

    [Fact]
    public async Task While_the_token_endpoint_fails_the_call_may_be_repeated()
    {
        await StartAsync(
            ("Twitter:BearerToken", ""),
            ("Twitter:ConsumerKey", "sandbox-consumer-key"),
            ("Twitter:ConsumerSecret", "sandbox-consumer-secret")
        );
        _x.Faults.Add(
            new()
            {
                Endpoint = "POST /oauth2/token",
                Variant = FaultVariant.UnavailableJson,
                Times = 1,
            }
        );

        var problem = await Problem.ReadAsync(await AskAsync());
        _clock.Advance(TimeSpan.FromSeconds(1));
        using var again = await AskAsync();

        Assert.Equal((503, "token_endpoint_unavailable", true), (problem.Status, problem.Reason, problem.Retryable));
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    private async Task StartAsync(params (string Name, string Value)[] settings) =>
        _proxy = await ProxyHost.StartAsync(
            new()
            {
                Sandbox = _x,
                Clock = _clock,
                Settings = settings.ToDictionary(setting => setting.Name, setting => setting.Value),
            }
        );

    private async Task<HttpResponseMessage> AskAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Rules);
        request.Headers.Add("X-Api-Key", ProxyHost.ApiKey);
        return await _proxy!.Http.SendAsync(request);
    }
}
