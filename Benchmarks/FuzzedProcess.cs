using OrleansTwitterProxy.Fuzzing;

namespace OrleansTwitterProxy.Benchmarks;

/// <summary>One proxy on SQLite to fuzz, with short patience for a failing X.</summary>
internal sealed class FuzzedProcess : IAsyncDisposable
{
    /// <summary>Settings of every fuzzed process: its log can be read, and waits end before the fuzzer takes them for hangs.</summary>
    public static readonly string[] Settings =
    [
        "--Logging:Console:FormatterName=json",
        "--Twitter:RequestTimeout=00:00:03",
        "--Media:SegmentRetryTime=00:00:05",
        "--Sessions:IdleAfter=00:01:00",
    ];

    private readonly World _world;

    private FuzzedProcess(World world) => _world = world;

    public FuzzSubject Subject =>
        new()
        {
            Proxies = [_world.Proxy],
            TakeLog = () => JsonLog.Read(TakeLines()),
            MeasureMemoryAsync = () => SettledMemory.MeasureAsync([_world.ProxyProcess.Id]),
            IsAlive = () => !_world.ProxyProcess.HasExited,
        };

    public static async Task<FuzzedProcess> StartAsync() => new(await World.StartAsync(Settings));

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    private IEnumerable<string> TakeLines()
    {
        while (_world.Output.TryDequeue(out var line))
            yield return line;
    }
}
