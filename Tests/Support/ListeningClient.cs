using System.Net;
using System.Text.Json;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>A listener of a stream through the proxy.</summary>
internal sealed class ListeningClient : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _lines;

    private ListeningClient(HttpResponseMessage response, Stream body) => (_response, _lines) = (response, new(body));

    public static async Task<ListeningClient> ConnectAsync(
        HttpClient http,
        string path,
        string? accept = null,
        string? lastEventId = null,
        CancellationToken cancellationToken = default
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("X-Api-Key", ProxyHost.ApiKey);
        if (accept is not null)
            request.Headers.Add("Accept", accept);
        if (lastEventId is not null)
            request.Headers.Add("Last-Event-ID", lastEventId);
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode != HttpStatusCode.OK)
            Assert.Fail($"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(cancellationToken)}");
        return new(response, await response.Content.ReadAsStreamAsync(cancellationToken));
    }

    /// <returns>Null when the proxy refuses.</returns>
    public static async Task<ListeningClient?> TryConnectAsync(HttpClient http, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("X-Api-Key", ProxyHost.ApiKey);
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (response.IsSuccessStatusCode)
            return new(response, await response.Content.ReadAsStreamAsync());
        response.Dispose();
        return null;
    }

    /// <summary>The next line, empty for a keep-alive; null at the end.</summary>
    public async Task<string?> LineAsync(CancellationToken cancellationToken = default) => await _lines.ReadLineAsync(cancellationToken);

    /// <summary>The next line that is no keep-alive.</summary>
    public async Task<JsonElement> EventAsync(CancellationToken cancellationToken = default)
    {
        while (await LineAsync(cancellationToken) is { } line)
        {
            if (line.Length > 0)
                return JsonElement.Parse(line);
        }

        throw new EndOfStreamException("The stream has ended.");
    }

    /// <summary>The numbers of the next events.</summary>
    public async Task<List<long>> SequencesAsync(int count)
    {
        List<long> sequences = [];
        while (sequences.Count < count)
        {
            var next = await EventAsync();
            if (!next.TryGetProperty("sandbox_sequence", out var sequence))
                Assert.Fail($"No event: {next}");
            sequences.Add(sequence.GetInt64());
        }

        return sequences;
    }

    /// <summary>The next server-sent event: its id, the event's number and its name.</summary>
    public async Task<(string Id, long Sequence, string? Name)> ServerSentEventAsync()
    {
        var (id, name, data) = ("", default(string), "");
        while (await LineAsync() is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
                id = line[4..];
            else if (line.StartsWith("event: ", StringComparison.Ordinal))
                name = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                data = line[6..];
            else if (line.Length == 0 && data.Length > 0)
                return (id, JsonElement.Parse(data).TryGetProperty("sandbox_sequence", out var number) ? number.GetInt64() : 0, name);
        }

        throw new EndOfStreamException("The stream has ended.");
    }

    public void Dispose()
    {
        _lines.Dispose();
        _response.Dispose();
    }
}
