using System.Text.Json.Nodes;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Streams;

/// <summary>What a listener that does not read costs: itself.</summary>
public sealed class StreamBoundTests : IAsyncLifetime
{
    private const string Name = "sample_stream";
    private const int Chunk = 100;
    private const int Kept = 200;

    private ProxyHost _proxy = null!;

    public async Task InitializeAsync() =>
        _proxy = await ProxyHost.StartAsync(new() { Settings = new Dictionary<string, string> { ["Streams:BufferEvents"] = $"{Kept}" } });

    public async Task DisposeAsync() => await _proxy.DisposeAsync();

    [Fact]
    public async Task One_that_falls_behind_is_told_and_dropped_alone()
    {
        using var slow = await ListeningClient.ConnectAsync(_proxy.Http, "/2/tweets/sample/stream");
        using var fast = await ListeningClient.ConnectAsync(_proxy.Http, "/2/tweets/sample/stream");
        var body = new JsonObject { ["data"] = new JsonObject { ["text"] = new string('x', 20_000) } };

        // More than the sockets on the way take, and than is kept.
        var last = 0L;
        for (var chunk = 0; chunk < 10; chunk++)
        {
            _proxy.Sandbox.Streams.Publish(Name, Chunk, body);
            foreach (var sequence in await fast.SequencesAsync(Chunk))
                Assert.Equal(++last, sequence);
        }

        var heard = 0L;
        while (true)
        {
            var next = await slow.EventAsync();
            if (!next.TryGetProperty("sandbox_sequence", out var sequence))
            {
                Assert.Contains("SlowListener", next.ToString(), StringComparison.Ordinal);
                break;
            }

            Assert.Equal(++heard, sequence.GetInt64());
        }

        Assert.True(heard < last - Kept, $"it has heard {heard} of {last}");
        Assert.Null(await slow.LineAsync());
        _proxy.Sandbox.Streams.Publish(Name);
        Assert.Equal([last + 1], await fast.SequencesAsync(1));
    }
}
