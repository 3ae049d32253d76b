using System.Text.Json;
using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Processes;

public sealed class StreamTests(ClusterProcesses cluster, ITestOutputHelper output) : ProcessTest(cluster, output)
{
    private const string Stream = "filtered_stream";
    private const string Path = "/2/tweets/search/stream";
    private const int Listeners = 200;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(40);

    [ProcessFact]
    public async Task Two_hundred_listeners_hear_every_event_of_a_connection_once_though_its_silo_is_killed_and_X_disconnects()
    {
        await using var view = await ClusterView.ConnectAsync(Cluster);
        var random = new Random(7);
        var listeners = await Task.WhenAll(
            Enumerable.Range(0, Listeners).Select(i => HeardStream.StartAsync(Cluster.FrontEnds[i % Cluster.FrontEnds.Count], Path))
        );
        using var asleep = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = Cluster.FrontEnds[0] };
        using var unread = await ListeningClient.ConnectAsync(asleep, Path);

        using var stop = new CancellationTokenSource();
        var publishing = PublishAsync(stop.Token);
        for (var i = 0; i < 10; i++)
        {
            await DisconnectAsync(random.Next(2) == 0 ? "operational" : "reset");
            await HeardByAllAsync(listeners);
            if (i is 3 or 7)
                await KillOwnerAsync(view, listeners);
        }

        await stop.CancelAsync();
        await publishing;
        await HeardByAllAsync(listeners);
        foreach (var listener in listeners)
            await listener.DisposeAsync();

        var seen = await X.StreamAsync(Stream);
        var counters = await X.StreamCountersAsync(Stream);
        Figure(
            "streams: events, connections, the most at a time",
            $"{seen.GetProperty("published")}, {counters.GetProperty("connects")}, {counters.GetProperty("max_connections")}"
        );
        Figure("streams: gaps told to a listener, at least and at most", $"{listeners.Min(l => l.Gaps)}, {listeners.Max(l => l.Gaps)}");
        Assert.Empty(listeners.SelectMany(listener => listener.Faults));
        Assert.Equal(1, counters.GetProperty("max_connections").GetInt32());
        AllHeard(listeners, seen);
    }

    // Until it is told to stop, 50 events a second.
    private async Task PublishAsync(CancellationToken stop)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!stop.IsCancellationRequested)
        {
            await X.PublishAsync(Stream);
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private async Task DisconnectAsync(string how)
    {
        var connects = (await X.StreamCountersAsync(Stream)).GetProperty("connects").GetInt64();
        await X.DisconnectAsync(Stream, how);
        await Eventually.TrueAsync("X is connected again", Soon, async () =>
            (await X.StreamCountersAsync(Stream)).GetProperty("connects").GetInt64() > connects
        );
    }

    private async Task KillOwnerAsync(ClusterView view, HeardStream[] listeners)
    {
        var owner = (await view.HostOfStreamAsync($"GET {Path}"))!;
        var connects = (await X.StreamCountersAsync(Stream)).GetProperty("connects").GetInt64();
        var killed = TimeProvider.System.GetTimestamp();
        await Cluster.KillAsync(owner);
        await Eventually.TrueAsync("another silo has connected", Soon, async () =>
            (await X.StreamCountersAsync(Stream)).GetProperty("connects").GetInt64() > connects
        );
        await HeardByAllAsync(listeners);
        Figure("streams: events again for all after the owner's kill", $"{TimeProvider.System.GetElapsedTime(killed).TotalSeconds:F1} s");
        await Cluster.StartAsync(owner);
    }

    private async Task HeardByAllAsync(HeardStream[] listeners)
    {
        var last = await X.PublishAsync(Stream);
        await Eventually.TrueAsync("every listener hears X", Soon, () =>
            Task.FromResult(listeners.All(l => l.Last >= last || l.Faults.Count > 0))
        );
    }

    // What X sent on a connection that it ended in order, or that stands, reached everybody. Of one that broke, the last may be lost.
    private static void AllHeard(HeardStream[] listeners, JsonElement seen)
    {
        var sound = seen.GetProperty("connections")
            .EnumerateArray()
            .Where(connection => connection.GetProperty("disconnect_reason").GetString() is null or "OperationalDisconnect")
            .Select(connection => connection.GetProperty("id").GetString()!)
            .ToHashSet();
        var sent = seen.GetProperty("events")
            .EnumerateArray()
            .Where(each => each.GetProperty("sent_to").EnumerateArray().Any(id => sound.Contains(id.GetString()!)))
            .Select(each => each.GetProperty("sequence").GetInt64())
            .ToList();
        Assert.NotEmpty(sent);
        Assert.Empty(
            listeners.SelectMany((listener, i) => sent.Where(number => !listener.Heard.Contains(number)).Select(number => $"{i}: {number}"))
        );
    }
}
