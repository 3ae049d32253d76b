using System.Diagnostics;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>
/// The topology of deploy/cluster as real processes, started once for all tests of its collection and taken down at the end. Each has
/// free ports and a home of its own; the limits of the sandbox are off, so that load may be load.
/// </summary>
public sealed class ClusterProcesses : IAsyncLifetime
{
    public const string Collection = "cluster processes";
    public static readonly string[] Silos = ["silo1", "silo2", "silo3"];
    public static readonly string[] FrontEndNames = ["api1", "api2"];
    private const int PortsNeeded = 16;
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(10);

    // Not a private folder: PostgreSQL runs as another user.
    private readonly string _home = Path.Combine(Path.GetTempPath(), $"otp-cluster-{Guid.NewGuid():N}");
    private readonly int _port = FreePorts.InARow(20_000 + (Environment.ProcessId % 300 * 40), 32_700, PortsNeeded);
    private Process? _guard;

    public Uri Sandbox => Http(1);

    public IReadOnlyList<Uri> FrontEnds => [Http(11), Http(12)];

    public string Database => DatabaseNamed("otp");

    /// <summary>Its folder; logs are NAME.log.</summary>
    public string Home => _home;

    /// <summary>Where the database is, if it has a disk of its own.</summary>
    internal SmallDisk? Disk { get; private set; }

    /// <summary>The silos' binary as this test run built it.</summary>
    public static string SiloDll => Built("OrleansTwitterProxy.Silo.dll");

    /// <summary>The front ends' binary as this test run built it.</summary>
    public static string ApiDll => Built("OrleansTwitterProxy.Api.dll");

    public static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    public async Task InitializeAsync()
    {
        if (new ProcessFactAttribute().Skip is not null)
            return;
        Directory.CreateDirectory(_home);
        if (SmallDisk.Missing is null)
        {
            Disk = SmallDisk.Mount(Path.Combine(_home, "disk"));
            Directory.CreateSymbolicLink(
                Path.Combine(_home, "postgres"),
                Directory.CreateDirectory(Path.Combine(_home, "disk", "postgres")).FullName
            );
        }

        // Should the test run itself be killed, nothing of the cluster outlives it.
        _guard = Process.Start(
            Script(
                "setsid",
                [
                    "bash",
                    "-c",
                    $"while kill -0 {Environment.ProcessId} 2>/dev/null; do sleep 1; done; '{Deploy}' down; [ ! -d '{_home}/disk' ] || umount '{_home}/disk'",
                ]
            )
        );
        await StartAsync(["postgres", "sandbox", "migrate", .. Silos, .. FrontEndNames]);
    }

    public async Task DisposeAsync()
    {
        if (_guard is null)
            return;
        _guard.Kill();
        _guard.Dispose();
        await RunAsync("down");
        Disk?.Dispose();
        if (Environment.GetEnvironmentVariable("CLUSTER_KEEP_LOGS") is null)
            Directory.Delete(_home, recursive: true);
    }

    /// <summary>Starts processes that are not running, and waits until they are ready.</summary>
    public Task StartAsync(params string[] names) => RunAsync(["start", .. names]);

    /// <summary>Starts one process with settings of its own in its environment.</summary>
    public Task StartAsync(string name, IReadOnlyDictionary<string, string> environment) => RunAsync(["start", name], environment);

    /// <summary>SIGTERM, and waits until they have drained.</summary>
    public Task StopAsync(params string[] names) => RunAsync(["stop", .. names]);

    /// <summary>SIGKILL.</summary>
    public Task KillAsync(params string[] names) => RunAsync(["kill", .. names]);

    /// <summary>Everything runs again, whatever a test left behind.</summary>
    public async Task HealAsync()
    {
        foreach (var name in Silos)
        {
            // One that was stopped by a signal does not leave by itself. One that is slow to be ready has nothing wrong with it.
            if (Running(name) && !await BecomesReadyAsync(Http(1 + Number(name))))
                await KillAsync(name);
        }

        await StartAsync(["postgres", "sandbox", .. Silos, .. FrontEndNames]);
    }

    /// <summary>Sends a signal such as STOP or CONT to a process and its children.</summary>
    public void Signal(string name, string signal) => ProcessTree.Signal(ProcessId(name), signal);

    public bool Running(string name) =>
        File.Exists(Path.Combine(_home, name + ".pid")) && Directory.Exists($"/proc/{ProcessId(name)}") && !IsZombie(ProcessId(name));

    public int ProcessId(string name) =>
        int.Parse(File.ReadAllText(Path.Combine(_home, name + ".pid")), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The port at which other silos reach this one.</summary>
    public int SiloPort(string name) => _port + 4 + Number(name);

    /// <summary>Memory of the silos and front ends together that is in RAM, in MiB.</summary>
    public long ResidentMemory() =>
        ((string[])[.. Silos, .. FrontEndNames])
            .Where(Running)
            .Sum(name =>
            {
                using var process = Process.GetProcessById(ProcessId(name));
                return process.WorkingSet64;
            }) >> 20;

    /// <summary>Lines that the silos and front ends have logged.</summary>
    public Dictionary<string, int> LogLines() =>
        ((string[])[.. Silos, .. FrontEndNames]).ToDictionary(name => name, name => Log(name).AsSpan().Count('\n'), StringComparer.Ordinal);

    /// <summary>The silo whose port for other silos this is.</summary>
    public string SiloAt(int port) => $"silo{port - _port - 4}";

    public string DatabaseNamed(string name) => $"Host=127.0.0.1;Port={_port};Database={name};Username=otp";

    public Uri Http(int offset) => new($"http://127.0.0.1:{_port + offset}");

    /// <summary>What has been logged.</summary>
    public string Log(string name)
    {
        using var file = new FileStream(Path.Combine(_home, name + ".log"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }

    private static string Built(string file) => Path.Combine(Repository.Root, "Silo", "bin", Configuration, "net10.0", file);

    private static string Deploy => Path.Combine(Repository.Root, "deploy", "cluster");

    private static int Number(string name) => name[^1] - '0';

    private static bool IsZombie(int pid) => File.ReadAllText($"/proc/{pid}/stat").Contains(") Z", StringComparison.Ordinal);

    private static async Task<bool> BecomesReadyAsync(Uri url)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await IsReadyAsync(url))
        {
            if (TimeProvider.System.GetElapsedTime(started) > ReadyWithin)
                return false;
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        }

        return true;
    }

    private static async Task<bool> IsReadyAsync(Uri url)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(2) };
        try
        {
            return (await http.GetAsync(new Uri(url, "/healthz/ready"))).IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    private Task RunAsync(params string[] arguments) => RunAsync(arguments, new Dictionary<string, string>());

    private async Task RunAsync(string[] arguments, IReadOnlyDictionary<string, string> environment)
    {
        var script = Script("bash", [Deploy, .. arguments]);
        foreach (var (name, value) in environment)
            script.Environment[name] = value;
        script.RedirectStandardError = true;
        script.RedirectStandardOutput = true;
        using var process = Process.Start(script)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"deploy/cluster {string.Join(' ', arguments)}: {await output}{await errors}");
    }

    private ProcessStartInfo Script(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Repository.Root };
        start.Environment["CLUSTER_HOME"] = _home;
        start.Environment["CLUSTER_PORT"] = _port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        start.Environment["CLUSTER_BUILD"] = Configuration;
        start.Environment["CLUSTER_ARGS"] = string.Join(
            ' ',
            "--Cluster:DrainDelay=00:00:01", // the load balancer looks every 100 ms
            "--Sessions:RefreshBeforeExpiration=00:00:00", // so that a token can really expire on a call
            "--Sessions:MinimumRefreshInterval=00:00:00", // so that a test may expire a token it has just been given
            "--Circuit:BreakDuration=00:00:03"
        );
        start.Environment["Sandbox__EnforceLimits"] = "false";
        start.Environment["Sandbox__RejectDuplicatePosts"] = "false"; // so that a double post is counted, not refused
        return start;
    }
}

/// <summary>The tests that share the processes: one after another, and beside no others.</summary>
[CollectionDefinition(ClusterProcesses.Collection, DisableParallelization = true)]
public sealed class ProcessCollection : ICollectionFixture<ClusterProcesses>;
