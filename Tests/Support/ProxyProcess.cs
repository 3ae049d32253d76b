using System.Collections.Concurrent;
using System.Diagnostics;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>
/// The proxy as a process of its own, to be killed. What it says on its standard output is the only signal a test waits for.
/// </summary>
internal sealed class ProxyProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _said = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource<string> _url = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<string> _errors;
    private readonly Task _ended;

    private ProxyProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
        _ended = ListenAsync();
    }

    /// <summary>A client for the address the process told.</summary>
    public HttpClient Http { get; private set; } = null!;

    /// <summary>Starts a proxy and waits until it listens.</summary>
    public static async Task<ProxyProcess> StartAsync(DurableWorld world, IReadOnlyDictionary<string, string>? settings = null)
    {
        var process = new ProxyProcess(Start(world, settings));
        await process.OrEndAsync(process._url.Task);
        process.Http = new(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                UseProxy = false,
            }
        )
        {
            BaseAddress = new(await process._url.Task),
        };
        return process;
    }

    /// <summary>Starts a proxy that is expected not to start.</summary>
    /// <returns>Its exit code, and what it said.</returns>
    public static async Task<(int ExitCode, string Errors)> RunAsync(
        DurableWorld world,
        IReadOnlyDictionary<string, string>? settings = null
    )
    {
        await using var process = new ProxyProcess(Start(world, settings));
        await process._process.WaitForExitAsync();
        return (process._process.ExitCode, await process._errors);
    }

    /// <summary>From now on the process stops for good where it writes the record of this key at this point.</summary>
    public async Task StopAtAsync(string key, string point)
    {
        await _process.StandardInput.WriteLineAsync($"{key} {point}");
        await _process.StandardInput.FlushAsync();
        await OrEndAsync(Said(TestProcess.Armed + key));
    }

    /// <summary>Waits until the record's writer has come to its point.</summary>
    public Task ReachedAsync(string key) => OrEndAsync(Said(TestProcess.Reached + key));

    /// <summary>kill -9: nothing of the process runs any more when this returns.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM; <see cref="ExitAsync"/> waits for the end.</summary>
    public void Terminate() => Signal("TERM");

    /// <summary>SIGINT, as Ctrl-C sends it.</summary>
    public void Interrupt() => Signal("INT");

    /// <returns>The exit code.</returns>
    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        Http?.Dispose();
        _process.Dispose();
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    private static Process Start(DurableWorld world, IReadOnlyDictionary<string, string>? settings)
    {
        var host = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        var arguments = ProxyHost.Arguments(world.Sandbox, world.DataPath, settings ?? new Dictionary<string, string>());
        return Process.Start(
            new ProcessStartInfo(host, ["exec", typeof(TestProcess).Assembly.Location, "proxy", .. arguments])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
    }

    private async Task ListenAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(TestProcess.Listening, StringComparison.Ordinal))
                _url.TrySetResult(line[TestProcess.Listening.Length..]);
            else
                _said.GetOrAdd(line, _ => NewSignal()).TrySetResult();
        }
    }

    private Task Said(string line) => _said.GetOrAdd(line, _ => NewSignal()).Task;

    private async Task OrEndAsync(Task signal)
    {
        if (await Task.WhenAny(signal, _ended) != signal)
            throw new InvalidOperationException($"The process has ended: {await _errors}");
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
