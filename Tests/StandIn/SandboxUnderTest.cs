using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using OrleansTwitterProxy.Sandbox;

namespace OrleansTwitterProxy.Tests.StandIn;

/// <summary>A sandbox on a real port, and those who call it.</summary>
internal sealed class SandboxUnderTest(SandboxServer server) : IAsyncDisposable
{
    public const string AppToken = "sandbox-app-token";

    private readonly List<HttpClient> _clients = [];

    public SandboxServer Server { get; } = server;

    public static async Task<SandboxUnderTest> StartAsync(Action<SandboxOptions>? configure = null, TimeProvider? clock = null)
    {
        var options = new SandboxOptions
        {
            Url = "http://127.0.0.1:0",
            EnforceLimits = false,
            MediaProcessingDuration = TimeSpan.Zero,
        };
        configure?.Invoke(options);
        return new(await SandboxServer.StartAsync(options, clock));
    }

    /// <summary>A caller with a user's token, which has all scopes unless some are named.</summary>
    public Caller User(string name, params string[] scopes) =>
        new(NewClient(Server.Accounts.IssueTokens(name, scopes).AccessToken), Server.Accounts.IdOf(name));

    public Caller App() => new(NewClient(AppToken), "");

    public Caller Anybody() => new(NewClient(null), "");

    public HttpClient NewClient(string? token)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false }) { BaseAddress = Server.BaseAddress };
        if (token is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        _clients.Add(client);
        return client;
    }

    /// <summary>The sandbox's control API.</summary>
    public async Task<JsonElement> ControlAsync(string method, string path, object? body = null)
    {
        var (status, json, _) = await Anybody().AskAsync(method, "/_sandbox" + path, body);
        Assert.True(status < 300, $"{method} {path}: {status} {json}");
        return json;
    }

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        await Server.DisposeAsync();
    }
}

/// <summary>An answer of X: undefined JSON when it has no body, or one that is no JSON.</summary>
internal sealed record Answer(int Status, JsonElement Json, HttpResponseMessage Response)
{
    public string? Title => Json.GetProperty("title").GetString();

    /// <summary>The last part of the problem's type.</summary>
    public string? Problem => Json.GetProperty("type").GetString()?.Split('/')[^1];
}

/// <summary>Somebody with a token, or without.</summary>
internal sealed class Caller(HttpClient http, string id)
{
    public string Id { get; } = id;

    public HttpClient Http { get; } = http;

    public async Task<Answer> AskAsync(string method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
            request.Content = body as HttpContent ?? JsonContent.Create(body);
        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var isJson = response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true;
        return new((int)response.StatusCode, isJson ? JsonElement.Parse(text) : default, response);
    }

    /// <summary>Calls, and expects success.</summary>
    public async Task<JsonElement> SendAsync(string method, string path, object? body = null)
    {
        var answer = await AskAsync(method, path, body);
        Assert.True(answer.Status is >= 200 and < 300, $"{method} {path}: {answer.Status} {answer.Json}");
        return answer.Json;
    }

    public Task<JsonElement> GetAsync(string path) => SendAsync("GET", path);

    /// <summary>The data of a successful call.</summary>
    public async Task<JsonElement> DataAsync(string method, string path, object? body = null) =>
        (await SendAsync(method, path, body)).GetProperty("data");

    public async Task<string> PostAsync(string text) => (await DataAsync("POST", "/2/tweets", new { text })).GetProperty("id").GetString()!;

    /// <summary>One property of every item of a list, in its order; empty when it has no data.</summary>
    public async Task<string[]> ListAsync(string path, string property = "id")
    {
        var body = await GetAsync(path);
        return body.TryGetProperty("data", out var data)
            ? [.. data.EnumerateArray().Select(item => item.GetProperty(property).GetString()!)]
            : [];
    }

    /// <summary>All pages of a list, one after the other, as X's tokens lead.</summary>
    public async Task<List<string[]>> PagesAsync(string path, string token = "pagination_token")
    {
        var pages = new List<string[]>();
        var next = "";
        while (true)
        {
            var body = await GetAsync(path + next);
            pages.Add(
                body.TryGetProperty("data", out var data)
                    ? [.. data.EnumerateArray().Select(item => item.GetProperty("id").GetString()!)]
                    : []
            );
            if (!body.GetProperty("meta").TryGetProperty("next_token", out var follows))
                return pages;
            next = $"{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{token}={follows.GetString()}";
            Assert.True(pages.Count < 100, "The pages never end.");
        }
    }
}
