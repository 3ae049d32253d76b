using System.CommandLine;
using System.Net.Sockets;
using System.Text.Json;

namespace OrleansTwitterProxy.Benchmarks;

/// <summary>The load process: makes the calls of each order that it reads, a line of JSON, and answers with another.</summary>
internal static class PeersLoad
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    public static Command Command()
    {
        var command = new Command("peers-load") { Hidden = true };
        command.SetAction((_, _) => ServeAsync());
        return command;
    }

    private static async Task<int> ServeAsync()
    {
        while (await Console.In.ReadLineAsync() is { } line)
        {
            // Yields, for this thread may be the sockets' only one, and reading the next line blocks it.
            var result = await TryAsync(JsonSerializer.Deserialize<LoadOrder>(line)!).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            Console.WriteLine(JsonSerializer.Serialize(result));
        }

        return 0;
    }

    private static async Task<LoadResult> TryAsync(LoadOrder order)
    {
        List<PeersConnection> connections = [];
        try
        {
            for (var i = 0; i < order.Connections; i++)
                connections.Add(await PeersConnection.OpenAsync(order.Url!, order.Tokens[i % order.Tokens.Count]));
            return order.PerSecond == 0 ? await FloodAsync(order, connections) : await PaceAsync(order, connections);
        }
        catch (Exception e) when (e is InvalidDataException or SocketException)
        {
            return new() { Error = e.Message };
        }
        finally
        {
            connections.ForEach(connection => connection.Dispose());
        }
    }

    private static async Task<LoadResult> FloodAsync(LoadOrder order, List<PeersConnection> connections)
    {
        var clock = TimeProvider.System;
        var started = clock.GetTimestamp();
        var end = started + (long)(order.Seconds * clock.TimestampFrequency);
        var calls = await Task.WhenAll(connections.Select(connection => connection.CallUntilAsync(end)));
        return new() { Calls = calls.Sum(), Seconds = clock.GetElapsedTime(started).TotalSeconds };
    }

    // A slow call does not delay the next one, unless it has the same connection; then the wait counts.
    private static async Task<LoadResult> PaceAsync(LoadOrder order, List<PeersConnection> connections)
    {
        var clock = TimeProvider.System;
        List<Task<int>> calls = [];
        using var timer = new PeriodicTimer(Tick);
        var started = clock.GetTimestamp();
        for (var at = 0.0; at < order.Seconds; at = clock.GetElapsedTime(started).TotalSeconds)
        {
            while (calls.Count < at * order.PerSecond)
                calls.Add(connections[calls.Count % connections.Count].TimeAsync());
            await timer.WaitForNextTickAsync();
        }

        var times = await Task.WhenAll(calls);
        return new()
        {
            Calls = times.Length,
            Seconds = clock.GetElapsedTime(started).TotalSeconds,
            Times = times,
        };
    }
}

/// <summary>What the load process is to do.</summary>
internal sealed record LoadOrder
{
    public Uri? Url { get; init; }

    /// <summary>Bearer tokens; the connections take them in turn.</summary>
    public IReadOnlyList<string> Tokens { get; init; } = [];

    public required int Connections { get; init; }

    /// <summary>Calls a second; 0: as fast as possible.</summary>
    public required int PerSecond { get; init; }

    public required double Seconds { get; init; }
}

/// <summary>What it has done.</summary>
internal sealed record LoadResult
{
    public int Calls { get; init; }

    public double Seconds { get; init; }

    /// <summary>Of each call at a constant rate, in microseconds.</summary>
    public IReadOnlyList<int> Times { get; init; } = [];

    /// <summary>Why there is no result; null when there is one.</summary>
    public string? Error { get; init; }
}
