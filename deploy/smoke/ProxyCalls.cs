using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace OrleansTwitterProxy.Smoke;

/// <summary>Calls to the proxy. An answer that a step does not expect ends it, told without secrets.</summary>
internal sealed partial class ProxyCalls : IDisposable
{
    private const int LongestAnswer = 500;

    private readonly HttpClient _http;
    private readonly List<string> _secrets;

    public ProxyCalls(Uri baseUrl, string apiKey)
    {
        _secrets = [apiKey];
        _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = baseUrl,
            Timeout = Timeout.InfiniteTimeSpan, // each step has its own
        };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("OrleansTwitterProxy-smoke");
    }

    /// <summary>Sends the session's token with every further call, and never prints it.</summary>
    public void Authorize(string sessionToken)
    {
        _secrets.Add(sessionToken);
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", sessionToken);
    }

    /// <param name="method">The method.</param>
    /// <param name="path">Path and query, or another server's URL.</param>
    /// <param name="expected">The only status with which the step goes on.</param>
    /// <param name="cancellationToken">The step's.</param>
    /// <param name="content">The body; null for none.</param>
    /// <param name="headers">Further request headers.</param>
    /// <exception cref="StepFailedException">The answer has another status.</exception>
    public async Task<Answer> SendAsync(
        HttpMethod method,
        string path,
        HttpStatusCode expected,
        CancellationToken cancellationToken,
        HttpContent? content = null,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await _http.SendAsync(request, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        if (response.StatusCode != expected)
            throw new StepFailedException(
                $"{method} {PathOf(path)} answered {(int)response.StatusCode}, expected {(int)expected}: {Redact(text)}"
            );
        return new(response, text);
    }

    /// <summary>A text as it may be printed.</summary>
    public string Redact(string text)
    {
        text = SessionToken().Replace(text, "[session token]");
        foreach (var secret in _secrets)
            text = text.Replace(secret, "[secret]", StringComparison.Ordinal);
        text = text.Trim();
        return text.Length == 0 ? "(no body)"
            : text.Length > LongestAnswer ? text[..LongestAnswer] + "..."
            : text;
    }

    public void Dispose() => _http.Dispose();

    // X's callback has a code in its query.
    private static string PathOf(string path) => path.Split('?')[0];

    [GeneratedRegex("otps_[A-Za-z0-9_-]+")]
    private static partial Regex SessionToken();
}

/// <summary>An answer that was expected.</summary>
internal sealed class Answer(HttpResponseMessage response, string text)
{
    private readonly Dictionary<string, string> _headers = response.Headers.ToDictionary(
        header => header.Key,
        header => string.Join(", ", header.Value),
        StringComparer.OrdinalIgnoreCase
    );

    public string? Header(string name) => _headers.GetValueOrDefault(name);

    /// <summary>The value at a path of property names.</summary>
    /// <exception cref="StepFailedException">The body has no such value.</exception>
    public string Text(params string[] path)
    {
        if (Find(path) is { } value)
            return value.ToString();
        throw new StepFailedException($"the answer has no {string.Join('.', path)}");
    }

    /// <summary>The value at a path of property names; null if there is none.</summary>
    public JsonElement? Find(params string[] path)
    {
        JsonElement at;
        try
        {
            at = JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }

        foreach (var name in path)
        {
            if (at.ValueKind is not JsonValueKind.Object || !at.TryGetProperty(name, out at))
                return null;
        }

        return at;
    }
}
