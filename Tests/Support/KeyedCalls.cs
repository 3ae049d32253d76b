using System.Net.Http.Json;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>Writes that carry an Idempotency-Key.</summary>
internal static class KeyedCalls
{
    public static Task<HttpResponseMessage> PostKeyedAsync(this HttpClient session, string key, string text) =>
        session.PostKeyedAsync(key, "/2/tweets", new { text });

    public static async Task<HttpResponseMessage> PostKeyedAsync(
        this HttpClient session,
        string key,
        string path,
        object body,
        CancellationToken cancellationToken = default
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return await session.SendAsync(request, cancellationToken);
    }

    /// <summary>The id of the post that an answer speaks of.</summary>
    public static async Task<string> PostIdAsync(this HttpResponseMessage response) =>
        (await ProxyHost.ReadAsync(response)).GetProperty("data").GetProperty("id").GetString()!;

    public static bool IsReplayed(this HttpResponseMessage response) => response.Headers.Contains("Idempotency-Replayed");

    public static bool IsReconciled(this HttpResponseMessage response) => response.Headers.Contains("Idempotency-Reconciled");
}
