using System.Text.Json;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>A refusal of the proxy's as a client reads it, checked for what every refusal must have.</summary>
internal sealed record Problem(int Status, string Reason, bool Retryable, int? RetryAfter, string Detail, JsonElement Body)
{
    /// <summary>The messages about a field; empty when the field is not named.</summary>
    public string ErrorsOf(string field) =>
        Body.TryGetProperty("errors", out var errors) && errors.TryGetProperty(field, out var messages)
            ? string.Join(' ', messages.EnumerateArray())
            : "";

    public static async Task<Problem> ReadAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(
            response.Content.Headers.ContentType?.MediaType == "application/problem+json",
            $"{(int)response.StatusCode} {response.Content.Headers.ContentType}: {text}"
        );
        var body = JsonElement.Parse(text);
        var reason = body.GetProperty("reason").GetString()!;
        Assert.Equal("urn:orleans-twitter-proxy:problem:" + reason, body.GetProperty("type").GetString());
        Assert.Equal((int)response.StatusCode, body.GetProperty("status").GetInt32());
        Assert.NotEmpty(body.GetProperty("title").GetString()!);
        Assert.True(response.Headers.CacheControl?.NoStore);
        int? retryAfter = body.TryGetProperty("retry_after", out var seconds) ? seconds.GetInt32() : null;
        Assert.Equal(retryAfter, (int?)response.Headers.RetryAfter?.Delta?.TotalSeconds);
        Assert.Equal((int)response.StatusCode == 401, response.Headers.WwwAuthenticate.Count > 0);
        return new(
            (int)response.StatusCode,
            reason,
            body.GetProperty("retryable").GetBoolean(),
            retryAfter,
            body.GetProperty("detail").GetString()!,
            body
        );
    }
}
