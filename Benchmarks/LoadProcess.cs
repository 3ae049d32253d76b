using System.Diagnostics;

namespace OrleansTwitterProxy.Benchmarks;

/// <summary>Runs this program again as the load generator, so that generating the load does not delay the measured calls.</summary>
internal sealed class LoadProcess : IDisposable
{
    private readonly Process _process;

    private LoadProcess(Process process) => _process = process;

    /// <param name="arguments">A hidden command and its arguments.</param>
    public static LoadProcess Start(params string[] arguments)
    {
        var process = Process.Start(
            new ProcessStartInfo("dotnet", ["exec", typeof(LoadProcess).Assembly.Location, .. arguments])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        )!;
        // On another machine the load generator would take no processor time from the proxy, X and the measured calls; here they get
        // priority.
        process.PriorityClass = ProcessPriorityClass.Idle;
        return new(process);
    }

    /// <summary>Waits for its next line of output.</summary>
    public async Task<string> ReadAsync() =>
        await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The load process has ended too early.");

    /// <summary>Tells it to go on.</summary>
    public Task GoAsync() => _process.StandardInput.WriteLineAsync("go");

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
