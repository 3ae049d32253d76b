using System.Net;
using System.Text.Json;

namespace OrleansTwitterProxy.Tests.StandIn;

/// <summary>A client of a stream: reads it line by line.</summary>
internal sealed class StreamClient : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _lines;

    private StreamClient(HttpResponseMessage response, Stream body) => (_response, _lines) = (response, new(body));

    public static async Task<StreamClient> ConnectAsync(Caller app, string path)
    {
        var response = await app.Http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return new(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The next line, empty for a keep-alive; null at the end of the response.</summary>
    public async Task<string?> LineAsync() => await _lines.ReadLineAsync();

    /// <summary>The next event, past any keep-alives.</summary>
    public async Task<JsonElement> EventAsync()
    {
        while (await LineAsync() is { } line)
        {
            if (line.Length > 0)
                return JsonElement.Parse(line);
        }

        throw new EndOfStreamException("The stream has ended.");
    }

    public async Task<long> SequenceAsync() => (await EventAsync()).GetProperty("sandbox_sequence").GetInt64();

    public void Dispose()
    {
        _lines.Dispose();
        _response.Dispose();
    }
}
