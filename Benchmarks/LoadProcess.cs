using System.Diagnostics;

namespace OrleansTwitterProxy.Benchmarks;

/// <summary>This program once more, as the load: what it costs to make the load is not what the measured calls wait for.</summary>
internal sealed class LoadProcess : IDisposable
{
    private readonly Process _process;

    private LoadProcess(Process process) => _process = process;

    /// <param name="arguments">A hidden command, and what it takes.</param>
    public static LoadProcess Start(params string[] arguments)
    {
        var process = Process.Start(
            new ProcessStartInfo("dotnet", ["exec", typeof(LoadProcess).Assembly.Location, .. arguments])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        )!;
        // On a machine of its own it would take no processor from the proxy, X and the measured calls: here they come first.
        process.PriorityClass = ProcessPriorityClass.Idle;
        return new(process);
    }

    /// <summary>Waits for its next line.</summary>
    public async Task<string> ReadAsync() =>
        await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The load has ended before its time.");

    /// <summary>Says one word to it, which is that it may go on.</summary>
    public Task GoAsync() => _process.StandardInput.WriteLineAsync("go");

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
