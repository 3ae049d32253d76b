using System.Diagnostics;
using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;

namespace OrleansTwitterProxy.Benchmarks;

/// <summary>
/// Memory of .NET processes once what is no longer used has been collected: the resident set after forced full collections. Enabling the
/// runtime's events with the keyword GCHeapCollect forces one.
/// </summary>
internal static class SettledMemory
{
    private const int Collections = 3;
    private const long GCHeapCollect = 0x80_0000;

    /// <returns>Bytes, of all processes together.</returns>
    public static async Task<long> MeasureAsync(IReadOnlyList<int> processes)
    {
        var sum = 0L;
        foreach (var id in processes)
        {
            for (var i = 0; i < Collections; i++)
                await CollectAsync(id);
            using var process = Process.GetProcessById(id);
            sum += process.WorkingSet64;
        }

        return sum;
    }

    private static async Task CollectAsync(int process)
    {
        using var session = await new DiagnosticsClient(process).StartEventPipeSessionAsync(
            new EventPipeProvider("Microsoft-Windows-DotNETRuntime", EventLevel.Informational, GCHeapCollect),
            requestRundown: false,
            circularBufferMB: 64,
            CancellationToken.None
        );
        var events = session.EventStream.CopyToAsync(Stream.Null);
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, CancellationToken.None);
        await session.StopAsync(CancellationToken.None);
        await events;
    }
}
