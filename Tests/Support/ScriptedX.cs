using System.Net;
using System.Text;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>X's end of the connection pool, answering what a test tells it to. For behaviour over real HTTP there is the sandbox.</summary>
internal sealed class ScriptedX(Func<ScriptedRequest, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
{
    private readonly Lock _lock = new();
    private readonly List<ScriptedRequest> _requests = [];

    public ScriptedX(params Func<HttpResponseMessage>[] answers)
        : this(InTurn(answers)) { }

    /// <summary>An X that takes every request and answers none.</summary>
    public static ScriptedX Hanging() =>
        new(
            async (_, cancellationToken) =>
            {
                await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
                throw new InvalidOperationException("Unreachable.");
            }
        );

    /// <summary>What has been asked so far.</summary>
    public IReadOnlyList<ScriptedRequest> Requests
    {
        get
        {
            lock (_lock)
                return [.. _requests];
        }
    }

    public static HttpResponseMessage Json(int status, string json) =>
        new((HttpStatusCode)status) { Content = new StringContent(json, Encoding.UTF8, "application/json") };

    /// <summary>What the token endpoint answers to a code or refresh token it honours.</summary>
    public static HttpResponseMessage Pair(string name, int expiresIn = 7200) =>
        Json(
            200,
            $$"""{"token_type":"bearer","expires_in":{{expiresIn}},"access_token":"access-{{name}}","scope":"tweet.read users.read offline.access","refresh_token":"refresh-{{name}}"}"""
        );

    /// <summary>What the token endpoint answers to a refresh token that is spent, revoked or expired.</summary>
    public static HttpResponseMessage DeadToken() =>
        Json(400, """{"error":"invalid_request","error_description":"Value passed for the token was invalid."}""");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        var headers = request
            .Headers.NonValidated.Concat(request.Content?.Headers.NonValidated ?? default)
            .ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var scripted = new ScriptedRequest(request.Method.Method, request.RequestUri!, headers, body);
        lock (_lock)
            _requests.Add(scripted);
        return await answer(scripted, cancellationToken);
    }

    private static Func<ScriptedRequest, CancellationToken, Task<HttpResponseMessage>> InTurn(Func<HttpResponseMessage>[] answers)
    {
        var next = -1;
        return (request, _) =>
        {
            var index = Interlocked.Increment(ref next);
            return index < answers.Length
                ? Task.FromResult(answers[index]())
                : throw new InvalidOperationException(
                    $"The script has no answer number {index + 1}, to {request.Method} {request.Uri.PathAndQuery}."
                );
        };
    }
}

/// <summary>A request as it would have gone to X.</summary>
internal sealed record ScriptedRequest(string Method, Uri Uri, IReadOnlyDictionary<string, string> Headers, string Body)
{
    /// <summary>The fields of a form, in the clear.</summary>
    public Dictionary<string, string> Form() =>
        Body.Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2))
            .ToDictionary(pair => WebUtility.UrlDecode(pair[0]), pair => WebUtility.UrlDecode(pair[1]), StringComparer.Ordinal);
}
