using System.Globalization;
using System.Text.Json;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Queueing;

/// <summary>Calls that prefer to wait, and the line as the limits route shows it.</summary>
internal static class WaitingCalls
{
    public static Task<HttpResponseMessage> WaitAsync(
        this SignedIn session,
        string path,
        int? seconds = 60,
        string? name = null,
        int? urgency = null,
        CancellationToken cancellationToken = default
    )
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (seconds is not null)
            request.Headers.Add("Prefer", string.Create(CultureInfo.InvariantCulture, $"wait={seconds}"));
        if (name is not null)
            request.Headers.Add("X-Request-Id", name);
        if (urgency is not null)
            request.Headers.Add("Priority", string.Create(CultureInfo.InvariantCulture, $"u={urgency}"));
        return session.Http.SendAsync(request, cancellationToken);
    }

    /// <summary>The account's only line; undefined when nobody waits.</summary>
    public static async Task<JsonElement> LineAsync(this SignedIn session) =>
        (await ProxyHost.ReadAsync(await session.Http.GetAsync("/v1/limits"))).GetProperty("lines").EnumerateArray().SingleOrDefault();

    /// <summary>Waits until so many of the account's calls stand in line.</summary>
    public static Task InLineAsync(this SignedIn session, int calls) =>
        Eventually.TrueAsync($"{calls} calls in line", TimeSpan.FromMinutes(2), async () =>
            (await session.LineAsync() is { ValueKind: JsonValueKind.Object } line ? line.GetProperty("waiting").GetInt32() : 0) == calls
        );

    public static string? Header(this HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;
}
