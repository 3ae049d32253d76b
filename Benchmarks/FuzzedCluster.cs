using System.Diagnostics;
using System.Globalization;
using OrleansTwitterProxy.Fuzzing;

namespace OrleansTwitterProxy.Benchmarks;

/// <summary>PostgreSQL, the sandbox, three silos and two front ends to fuzz, started by deploy/cluster.</summary>
internal sealed class FuzzedCluster : IAsyncDisposable
{
    private const int Port = 18_400;
    private static readonly string[] Names = ["silo1", "silo2", "silo3", "api1", "api2"];

    // Not a private folder: PostgreSQL runs as another user.
    private readonly string _home = Path.Combine(Path.GetTempPath(), $"otp-fuzz-{Environment.ProcessId}");
    private readonly Dictionary<string, int> _read = new(StringComparer.Ordinal);

    private FuzzedCluster() { }

    public FuzzSubject Subject =>
        new()
        {
            Proxies = [new($"http://127.0.0.1:{Port + 11}"), new($"http://127.0.0.1:{Port + 12}")],
            TakeLog = () => JsonLog.Read(Names.SelectMany(TakeLines)),
            Processes = Names.Length,
            MeasureMemoryAsync = () => SettledMemory.MeasureAsync([.. Names.Select(ProcessId)]),
            IsAlive = () => Names.All(name => Directory.Exists($"/proc/{ProcessId(name)}")),
        };

    public static async Task<FuzzedCluster> StartAsync()
    {
        var cluster = new FuzzedCluster();
        Directory.CreateDirectory(cluster._home);
        try
        {
            await cluster.RunAsync(["start", "postgres", "sandbox", "migrate", .. Names]);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("down");
        Directory.Delete(_home, recursive: true);
    }

    private IEnumerable<string> TakeLines(string name)
    {
        using var file = new FileStream(Path.Combine(_home, name + ".log"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        var lines = reader.ReadToEnd().Split('\n')[..^1]; // the last may not be whole yet
        var fresh = lines.Skip(_read.GetValueOrDefault(name)).ToList();
        _read[name] = lines.Length;
        return fresh;
    }

    private int ProcessId(string name) => int.Parse(File.ReadAllText(Path.Combine(_home, name + ".pid")), CultureInfo.InvariantCulture);

    private async Task RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("bash", [Programs.DeployCluster, .. arguments]) { WorkingDirectory = Programs.Root() };
        start.Environment["CLUSTER_HOME"] = _home;
        start.Environment["CLUSTER_PORT"] = Port.ToString(CultureInfo.InvariantCulture);
        start.Environment["CLUSTER_ARGS"] = string.Join(' ', FuzzedProcess.Settings);
        start.Environment["SILO_DLL"] = Programs.Dll("Silo");
        start.Environment["SANDBOX_DLL"] = Programs.Dll("Sandbox");
        start.Environment["Sandbox__EnforceLimits"] = "false";
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"deploy/cluster {string.Join(' ', arguments)} failed.");
    }
}
