using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using OrleansTwitterProxy.Fuzzing.Requests;

namespace OrleansTwitterProxy.Fuzzing;

/// <summary>Signs users of the sandbox in by an ordinary HTTP client, and gives each something to lose.</summary>
internal sealed class Users(FuzzSubject subject, HttpClient http)
{
    /// <summary>X's address, as the first sign-in told it.</summary>
    public Uri? X { get; private set; }

    public async Task<Bystander> BystanderAsync(string name)
    {
        var (token, account) = await SignInAsync(subject.Proxies[0], name);
        return new(token, account, await TweetAsync(token, $"Words of {name}"), await UploadAsync(token));
    }

    public async Task<Fixture> FixtureAsync(Uri proxy, string name, string marker, Bystander other)
    {
        var (token, account) = await SignInAsync(proxy, name);
        var returnUrl = subject.ReturnUrl ?? proxy;
        var handedOver = await CallbackAsync(await BeginAsync(proxy, new { return_url = returnUrl.AbsoluteUri }), name);
        return new()
        {
            Proxy = proxy,
            ReturnUrl = returnUrl,
            ApiKey = subject.ApiKey,
            AdminKey = subject.AdminKey,
            SessionToken = token,
            AccountId = account,
            TweetId = await TweetAsync(token, $"{name} {marker}"),
            UploadId = await UploadAsync(token),
            State = QueryOf(await BeginAsync(proxy, null), "state"),
            Handoff = QueryOf((await SendAsync(HttpMethod.Get, handedOver, null)).Headers.Location!.ToString(), "handoff"),
            Other = other,
        };
    }

    /// <summary>What the bystander has, in words that change only when somebody else changes it.</summary>
    public async Task<string> StateOfAsync(Bystander user)
    {
        var proxy = subject.Proxies[0];
        using var session = await SendAsync(HttpMethod.Get, new(proxy, "/v1/session"), user.SessionToken);
        using var tweets = await SendAsync(HttpMethod.Get, new(proxy, $"/2/users/{user.AccountId}/tweets"), user.SessionToken);
        using var upload = await SendAsync(HttpMethod.Get, new(proxy, $"/v1/media/{user.UploadId}"), user.SessionToken);
        var known = await upload.Content.ReadFromJsonAsync<JsonElement>();
        return $"session {(int)session.StatusCode}, tweets {await tweets.Content.ReadAsStringAsync()}, upload {known}";
    }

    /// <summary>Closes every circuit, opened or isolated.</summary>
    public async Task CloseCircuitsAsync()
    {
        using var list = Operators(HttpMethod.Get, "/v1/ops/circuit");
        using var circuits = await http.SendAsync(list);
        var found = (await circuits.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>()).GetProperty("circuits");
        foreach (var circuit in found.EnumerateArray().Where(circuit => circuit.GetProperty("state").GetString() != "closed"))
        {
            using var close = Operators(HttpMethod.Post, "/v1/ops/circuit/close");
            close.Content = JsonContent.Create(new { family = circuit.GetProperty("family").GetString() });
            (await http.SendAsync(close)).EnsureSuccessStatusCode().Dispose();
        }
    }

    private async Task<(string Token, string AccountId)> SignInAsync(Uri proxy, string name)
    {
        using var answer = await SendAsync(HttpMethod.Get, await CallbackAsync(await BeginAsync(proxy, null), name), null);
        var opened = await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
        return (opened.GetProperty("session_token").GetString()!, opened.GetProperty("account").GetProperty("id").GetString()!);
    }

    private async Task<string> BeginAsync(Uri proxy, object? body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(proxy, "/v1/auth/authorize"))
        {
            Content = JsonContent.Create(body ?? new { }),
            Headers = { { "X-Api-Key", subject.ApiKey } },
        };
        using var begun = await http.SendAsync(request);
        var url = (await begun.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>())
            .GetProperty("authorization_url")
            .GetString()!;
        X = new(new Uri(url).GetLeftPart(UriPartial.Authority));
        return url;
    }

    private async Task<Uri> CallbackAsync(string authorizationUrl, string name)
    {
        using var consent = await http.GetAsync($"{authorizationUrl}&sandbox_user={name}");
        return consent.Headers.Location!;
    }

    private async Task<string> TweetAsync(string token, string text)
    {
        using var answer = await SendAsync(HttpMethod.Post, new(subject.Proxies[0], "/v1/tweets"), token, JsonContent.Create(new { text }));
        return answer.IsSuccessStatusCode
            ? (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("id").GetString()!
            : "1"; // an earlier answer of X's has used this account's window up
    }

    private async Task<string> UploadAsync(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(subject.Proxies[0], "/v1/media"))
        {
            Headers =
            {
                { "Tus-Resumable", "1.0.0" },
                { "Upload-Length", "100" },
                { "Upload-Metadata", $"filetype {Convert.ToBase64String("image/png"u8)}" },
            },
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await http.SendAsync(request);
        return answer.IsSuccessStatusCode ? answer.Headers.Location!.ToString().Split('/')[^1] : new string('0', 32);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri url, string? token, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, url) { Content = content };
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await http.SendAsync(request);
    }

    private HttpRequestMessage Operators(HttpMethod method, string path) =>
        new(method, new Uri(subject.Proxies[0], path)) { Headers = { { "X-Admin-Key", subject.AdminKey } } };

    private static string QueryOf(string url, string name) => System.Web.HttpUtility.ParseQueryString(new Uri(url).Query)[name]!;
}
