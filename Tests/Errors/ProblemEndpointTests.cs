using System.Net.Http.Json;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Errors;

/// <summary>One format for every refusal, whoever in the stack refuses.</summary>
public sealed class ProblemEndpointTests(SharedProxy shared) : IClassFixture<SharedProxy>
{
    private readonly ProxyHost _proxy = shared.Host;

    [Theory]
    [InlineData("GET", "/nowhere")]
    [InlineData("POST", "/v1/nowhere")]
    [InlineData("GET", "/v2/tweets")]
    [InlineData("GET", "/1.1/statuses/home_timeline.json")]
    public async Task A_path_without_a_route_is_not_found(string method, string path)
    {
        var problem = await Problem.ReadAsync(await _proxy.Http.SendAsync(new(new(method), path)));

        Assert.Equal((404, "not_found", false), (problem.Status, problem.Reason, problem.Retryable));
        Assert.Contains(path, problem.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/v1/tweets", "POST")]
    [InlineData("PATCH", "/v1/session", "DELETE, GET")]
    [InlineData("POST", "/v1/tweets/1/like", "DELETE, PUT")]
    [InlineData("OPTIONS", "/2/users/me", "DELETE, GET, HEAD, PATCH, POST, PUT")]
    [InlineData("TRACE", "/2/users/me", "DELETE, GET, HEAD, PATCH, POST, PUT")]
    [InlineData("DELETE", "/", "GET, HEAD")]
    public async Task A_route_that_does_not_take_the_method_says_which_it_takes(string method, string path, string allowed)
    {
        var response = await _proxy.Http.SendAsync(new(new(method), path));

        var problem = await Problem.ReadAsync(response);
        Assert.Equal((405, "method_not_allowed"), (problem.Status, problem.Reason));
        Assert.Equal(allowed, string.Join(", ", response.Content.Headers.Allow.Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("/v1/tweets", "text/plain")]
    [InlineData("/v1/tweets", "application/x-www-form-urlencoded")]
    [InlineData("/v1/auth/authorize", "text/plain")]
    [InlineData("/v1/auth/exchange", "application/xml")]
    public async Task A_body_that_is_not_json_is_refused_by_its_media_type(string path, string mediaType)
    {
        var problem = await Problem.ReadAsync(await _proxy.Http.PostAsync(path, new StringContent("text=a", Encoding.UTF8, mediaType)));

        Assert.Equal((415, "unsupported_media_type"), (problem.Status, problem.Reason));
    }

    [Theory]
    [InlineData("/v1/auth/authorize", """{"scopes":"tweet.read"}""", "scopes")]
    [InlineData("/v1/auth/authorize", """{"scopes":["tweet.read",7]}""", "scopes[1]")]
    [InlineData("/v1/auth/authorize", """{"return_url":{}}""", "return_url")]
    [InlineData("/v1/auth/authorize", "nonsense", "body")]
    [InlineData("/v1/auth/authorize", """{"return_url":"a""", "return_url")]
    [InlineData("/v1/auth/exchange", """{"handoff":[]}""", "handoff")]
    [InlineData("/v1/auth/exchange", """{}""", "handoff")]
    [InlineData("/v1/auth/exchange", """{"handoff":"abc"}""", "handoff")]
    public async Task Json_that_cannot_be_read_is_told_by_its_field(string path, string json, string field)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("X-Api-Key", ProxyHost.ApiKey);

        var problem = await Problem.ReadAsync(await _proxy.Http.SendAsync(request));

        Assert.Equal((400, "invalid_request"), (problem.Status, problem.Reason));
        Assert.NotEmpty(problem.ErrorsOf(field));
    }

    [Fact]
    public async Task A_query_parameter_that_cannot_be_read_is_named()
    {
        var alice = await _proxy.SignInAsync("alice");

        var problem = await Problem.ReadAsync(await alice.Http.DeleteAsync("/v1/session?all=perhaps"));

        Assert.Equal((400, "invalid_request"), (problem.Status, problem.Reason));
        Assert.Contains("all", problem.Detail, StringComparison.Ordinal);
        await ProxyHost.ReadAsync(await alice.Http.GetAsync("/v1/session")); // and the session lives on
    }

    [Theory]
    [InlineData("session_missing", null, "Bearer")]
    [InlineData("session_missing", "Basic eDp5", "Bearer")]
    [InlineData("session_invalid", "Bearer otps_x", "Bearer error=\"invalid_token\"")]
    [InlineData("session_invalid", "Bearer not even close", "Bearer error=\"invalid_token\"")]
    public async Task Who_is_not_known_is_told_how_to_say_who_they_are(string reason, string? authorization, string challenge)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/users/me");
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);

        var response = await _proxy.Http.SendAsync(request);

        var problem = await Problem.ReadAsync(response);
        Assert.Equal((401, reason), (problem.Status, problem.Reason));
        Assert.Equal(challenge, response.Headers.WwwAuthenticate.ToString());
    }

    [Theory]
    [InlineData("api_key_missing", null)]
    [InlineData("api_key_invalid", "nonsense")]
    public async Task So_is_a_client(string reason, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/auth/authorize") { Content = JsonContent.Create(new { }) };
        if (key is not null)
            request.Headers.Add("X-Api-Key", key);

        var response = await _proxy.Http.SendAsync(request);

        var problem = await Problem.ReadAsync(response);
        Assert.Equal((401, reason), (problem.Status, problem.Reason));
        Assert.Equal("ApiKey header=\"X-Api-Key\"", response.Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task An_exception_nobody_expected_is_logged_and_shows_nothing_of_the_inside()
    {
        using var logs = new CapturedLogs();
        await using var broken = await ProxyHost.StartAsync(
            new()
            {
                Settings = new Dictionary<string, string> { ["Logging:LogLevel:Default"] = "Error" },
                Customize = builder =>
                {
                    logs.AddTo(builder);
                    builder.TapStore<SignInRecord>(store =>
                        store.BeforeWrite = (_, _) => throw new InvalidOperationException("crossed wires")
                    );
                },
            }
        );

        var response = await broken.AuthorizeAsync(ProxyHost.ApiKey);

        var problem = await Problem.ReadAsync(response);
        Assert.Equal((500, "internal_error", false), (problem.Status, problem.Reason, problem.Retryable));
        Assert.DoesNotContain("wires", problem.Body.GetRawText() + response.Headers, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Exception", problem.Body.GetRawText(), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("crossed wires", Assert.Single(logs.Entries).Exception, StringComparison.Ordinal);
    }
}
