using System.Net.Http.Json;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>Calls that several tests make.</summary>
internal static class ProxyCalls
{
    /// <summary>Begins a sign-in as a client, perhaps from a page of some origin.</summary>
    public static Task<HttpResponseMessage> AuthorizeAsync(this ProxyHost proxy, string key, object? body = null, string? origin = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/auth/authorize") { Content = JsonContent.Create(body ?? new { }) };
        request.Headers.Add("X-Api-Key", key);
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        return proxy.Http.SendAsync(request);
    }
}
