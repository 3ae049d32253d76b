using System.Diagnostics;
using System.Text.Json;

namespace OrleansTwitterProxy.Benchmarks;

/// <summary>The process that makes the calls; it ends with the pipe to it.</summary>
internal sealed class PeersLoadProcess : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);

    private readonly Process _process;

    private PeersLoadProcess(Process process) => _process = process;

    public TimeSpan Cpu => ProcessCost.Of([_process.Id]).Cpu;

    public static PeersLoadProcess Start()
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(PeersLoadProcess).Assembly.Location, "peers-load"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        // One thread makes all calls, without a change of thread in between: the cheapest way there is.
        start.Environment["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1";
        start.Environment["DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT"] = "1";
        return new(Process.Start(start)!);
    }

    public async Task<LoadResult> RunAsync(LoadOrder order, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(order).AsMemory(), cancellationToken);
        var line = _process.StandardOutput.ReadLineAsync(cancellationToken).AsTask();
        try
        {
            var answer = await line.WaitAsync(TimeSpan.FromSeconds(order.Seconds) + Grace, TimeProvider.System, cancellationToken);
            return JsonSerializer.Deserialize<LoadResult>(answer ?? throw new PeersException("The load process has ended."))!;
        }
        catch (TimeoutException)
        {
            return new() { Error = $"Calls were not answered within {Grace.TotalSeconds:0} s." };
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
