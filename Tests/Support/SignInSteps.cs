using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Web;
using OrleansTwitterProxy.Core.Clients;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>A sign-in step by step, for tests that stop, repeat or bend one. Works on proxies in this process and in others.</summary>
internal static class SignInSteps
{
    public const string ReturnUrl = "https://app.example.com/signed-in";

    /// <summary>Settings that give the client of <see cref="ProxyHost.ApiKey"/> that return URL.</summary>
    public static IReadOnlyDictionary<string, string> ReturnUrlRegistered { get; } =
        new Dictionary<string, string>
        {
            ["Clients:web:ApiKeys:0"] = ApiKey.Hash(ProxyHost.ApiKey),
            ["Clients:web:ReturnUrls:0"] = ReturnUrl,
        };

    public static async Task<HttpResponseMessage> AuthorizeAsync(
        this HttpClient proxy,
        object? body = null,
        string? apiKey = ProxyHost.ApiKey
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/auth/authorize") { Content = JsonContent.Create(body ?? new { }) };
        if (apiKey is not null)
            request.Headers.Add("X-Api-Key", apiKey);
        return await proxy.SendAsync(request);
    }

    /// <summary>The client asks for a sign-in.</summary>
    /// <returns>Where to send the user.</returns>
    public static async Task<string> BeginAsync(
        this HttpClient proxy,
        string? returnUrl = null,
        string[]? scopes = null,
        string apiKey = ProxyHost.ApiKey
    )
    {
        var started = await ProxyHost.ReadAsync(await proxy.AuthorizeAsync(new { return_url = returnUrl, scopes }, apiKey));
        return started.GetProperty("authorization_url").GetString()!;
    }

    /// <summary>The user consents at X.</summary>
    /// <returns>Path and query of the callback that X sends the browser to; good at any proxy on the same data.</returns>
    public static async Task<string> ConsentAsync(this HttpClient proxy, string authorizationUrl, string user = "alice")
    {
        using var consent = await proxy.GetAsync($"{authorizationUrl}&sandbox_user={user}");
        return consent.Headers.Location!.PathAndQuery;
    }

    public static async Task<HttpResponseMessage> ExchangeAsync(this HttpClient proxy, string? handoff, string apiKey = ProxyHost.ApiKey)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/auth/exchange") { Content = JsonContent.Create(new { handoff }) };
        request.Headers.Add("X-Api-Key", apiKey);
        return await proxy.SendAsync(request);
    }

    /// <summary>Signs in and has this client carry the session from now on.</summary>
    public static async Task SignInAsync(this HttpClient proxy, string user = "alice")
    {
        var callback = await proxy.ConsentAsync(await proxy.BeginAsync(), user);
        proxy.Carry(await ProxyHost.ReadAsync(await proxy.GetAsync(callback)));
    }

    /// <summary>Has this client carry the session that was just opened.</summary>
    public static void Carry(this HttpClient proxy, JsonElement opened) =>
        proxy.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            opened.GetProperty("session_token").GetString()
        );

    /// <summary>One parameter of a URL's query.</summary>
    public static string? Query(this string url, string name) =>
        HttpUtility.ParseQueryString(url[(url.IndexOf('?', StringComparison.Ordinal) + 1)..])[name];

    /// <summary>The same URL with one parameter of its query replaced.</summary>
    public static string WithQuery(this string url, string name, string value)
    {
        var start = url.IndexOf('?', StringComparison.Ordinal) + 1;
        var query = HttpUtility.ParseQueryString(url[start..]);
        query[name] = value;
        return url[..start] + query;
    }
}
