using System.Globalization;
using OrleansTwitterProxy.Core.Clients;

namespace OrleansTwitterProxy.Benchmarks;

/// <summary>One contender.</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="Title">As in the table.</param>
/// <param name="Url">Of the measured call.</param>
internal sealed record PeersContender(string Name, string Title, Uri Url)
{
    /// <summary>The bearer tokens of its accounts.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>Whose CPU time and memory count, with their children.</summary>
    public IReadOnlyList<int> Processes { get; init; } = [];

    /// <summary>Whose CPU time alone counts, with their children: memory that processes share would count once for each.</summary>
    public IReadOnlyList<int> Beside { get; init; } = [];

    /// <summary>Reads the bytes that it has allocated; null if it is not .NET.</summary>
    public Func<CancellationToken, Task<long>>? AllocatedAsync { get; init; }
}

/// <summary>The origin, the load and all contenders, running.</summary>
internal sealed class PeersField : IAsyncDisposable
{
    public const string Nginx = "nginx";
    public const string Yarp = "yarp";

    /// <summary>All contenders.</summary>
    public static readonly string[] Names = [Direct, Nginx, Haproxy, Yarp, Proxy, Cluster];

    private const string Direct = "direct";
    private const string Haproxy = "haproxy";
    private const string Proxy = "proxy";
    private const string Cluster = "cluster";
    private const string Allocated = "dotnet_gc_heap_total_allocated_bytes_total";

    // Ports, counted from the first. Those of the cluster are deploy/cluster's; there the origin takes the sandbox's.
    private const int OriginPort = 1;
    private const int SiloPort = 2;
    private const int FrontEndPort = 11;
    private const int NginxPort = 13;
    private const int HaproxyPort = 14;
    private const int YarpPort = 15;
    private const int ProxyPort = 16;

    private readonly PeersProcesses _processes = new();
    private readonly int _accounts;

    private PeersField(int accounts) => (_accounts, Load) = (accounts, PeersLoadProcess.Start());

    public PeersLoadProcess Load { get; }

    public List<PeersContender> Contenders { get; } = [];

    /// <summary>What was left out, and why.</summary>
    public List<string> Missing { get; } = [];

    public TimeSpan OriginCpu => ProcessCost.Of([_processes.ProcessId("origin")]).Cpu;

    private Uri Origin => _processes.Http(OriginPort);

    public static async Task<PeersField> StartAsync(string[] names, int accounts, Action<string> tell, CancellationToken cancellationToken)
    {
        var field = new PeersField(accounts);
        try
        {
            tell("starting the origin");
            await field.StartOwnAsync("origin", ["peers-origin"], OriginPort, cancellationToken);
            foreach (var name in Names.Intersect(names))
            {
                tell($"starting {name}");
                await field.StartAsync(name, cancellationToken);
            }

            return field;
        }
        catch
        {
            await field.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Load.Dispose();
        await _processes.DisposeAsync();
    }

    private Task StartAsync(string name, CancellationToken cancellationToken) =>
        name switch
        {
            Nginx => StartNginxAsync(cancellationToken),
            Haproxy => StartHaproxyAsync(cancellationToken),
            Yarp => StartYarpAsync(cancellationToken),
            Proxy => StartProxyAsync(cancellationToken),
            Cluster => StartClusterAsync(cancellationToken),
            _ => AddAsync(Direct, "no proxy", OriginPort, []),
        };

    private async Task StartNginxAsync(CancellationToken cancellationToken)
    {
        if (Programs.Find(Nginx) is not { } program)
        {
            Missing.Add("nginx is left out: it is not on this machine (Debian: apt install nginx).");
            return;
        }

        var file = _processes.PathOf("nginx.conf");
        await File.WriteAllTextAsync(
            file,
            PeersConfigurations.Nginx(_processes.Home, _processes.Http(NginxPort).Port, Origin.Port),
            cancellationToken
        );
        string[] arguments = ["-p", _processes.Home, "-c", file, "-e", "stderr"];
        await _processes.StartServerAsync(Nginx, program, arguments, Measured(NginxPort), cancellationToken);
        await AddAsync(Nginx, "nginx", NginxPort, [Nginx]);
    }

    private async Task StartHaproxyAsync(CancellationToken cancellationToken)
    {
        if (Programs.Find(Haproxy) is not { } program)
        {
            Missing.Add("HAProxy is left out: it is not on this machine (Debian: apt install haproxy).");
            return;
        }

        var file = _processes.PathOf("haproxy.cfg");
        var port = _processes.Http(HaproxyPort).Port;
        await File.WriteAllTextAsync(file, PeersConfigurations.Haproxy(port, Origin.Port), cancellationToken);
        await _processes.StartServerAsync(Haproxy, program, ["-db", "-f", file], Measured(HaproxyPort), cancellationToken);
        await AddAsync(Haproxy, "HAProxy", HaproxyPort, [Haproxy]);
    }

    private async Task StartYarpAsync(CancellationToken cancellationToken)
    {
        await StartOwnAsync(Yarp, ["yarp", "--to", Origin.ToString()], YarpPort, cancellationToken);
        var page = new Uri(_processes.Http(YarpPort), PeersYarp.AllocatedPath);
        await AddAsync(Yarp, "YARP 2.3.0, bare", YarpPort, [Yarp], async token => Number(await _processes.ReadAsync(page, token)));
    }

    private async Task StartProxyAsync(CancellationToken cancellationToken)
    {
        var (x, url) = (Origin.ToString().TrimEnd('/'), _processes.Http(ProxyPort));
        string[] arguments =
        [
            "exec",
            Programs.Dll("Silo"),
            "--urls",
            url.ToString(),
            "--Proxy:DataPath",
            _processes.PathOf("data"),
            "--Twitter:ApiBaseUrl",
            x,
            "--Twitter:AuthorizeUrl",
            $"{x}/i/oauth2/authorize",
            "--Twitter:ClientId",
            "peers",
        ];
        await _processes.StartServerAsync(Proxy, "dotnet", arguments, new(url, "/healthz/ready"), cancellationToken);
        await AddAsync(Proxy, "this proxy, one process", ProxyPort, [Proxy], MetricsOf(url), signIn: true);
    }

    private async Task StartClusterAsync(CancellationToken cancellationToken)
    {
        if (!Programs.HasPostgres)
        {
            Missing.Add("The cluster is left out: PostgreSQL is not on this machine (Debian: apt install postgresql).");
            return;
        }

        var environment = new Dictionary<string, string>
        {
            ["CLUSTER_HOME"] = _processes.Home,
            ["CLUSTER_PORT"] = _processes.FirstPort.ToString(CultureInfo.InvariantCulture),
            ["SILO_DLL"] = Programs.Dll("Silo"),
        };
        string[] arguments = ["bash", Programs.DeployCluster, "start", "postgres", "migrate", "silo1", "api1"];
        using var script = _processes.Start("script", "setsid", arguments, environment);
        await script.WaitForExitAsync(cancellationToken);
        File.Delete(_processes.PathOf("script.pid"));
        if (script.ExitCode != 0)
            throw new PeersException($"deploy/cluster failed:\n{_processes.Tail("script")}");
        var (silo, frontEnd) = (MetricsOf(_processes.Http(SiloPort)), MetricsOf(_processes.Http(FrontEndPort)));
        await AddAsync(
            Cluster,
            "this proxy, front end and silo",
            FrontEndPort,
            ["api1", "silo1"],
            async token => await silo(token) + await frontEnd(token),
            signIn: true,
            beside: ["postgres"]
        );
    }

    private async Task AddAsync(
        string name,
        string title,
        int port,
        string[] processes,
        Func<CancellationToken, Task<long>>? allocated = null,
        bool signIn = false,
        string[]? beside = null
    )
    {
        List<string> tokens = [];
        for (var i = 0; i < _accounts; i++)
        {
            // What needs no token gets one of the same length.
            tokens.Add(signIn ? await World.SignInAsync(_processes.Http(port), $"peer{i}", ClientDirectory.DevelopmentKey) : new('x', 50));
        }

        Contenders.Add(
            new(name, title, Measured(port))
            {
                Tokens = tokens,
                Processes = [.. processes.Select(_processes.ProcessId)],
                Beside = [.. (beside ?? []).Select(_processes.ProcessId)],
                AllocatedAsync = allocated,
            }
        );
    }

    // A hidden command of this program.
    private Task StartOwnAsync(string name, string[] arguments, int port, CancellationToken cancellationToken) =>
        _processes.StartServerAsync(
            name,
            "dotnet",
            ["exec", typeof(PeersField).Assembly.Location, .. arguments, "--urls", _processes.Http(port).ToString()],
            Measured(port),
            cancellationToken
        );

    private Uri Measured(int port) => new(_processes.Http(port), PeersOrigin.Path);

    private Func<CancellationToken, Task<long>> MetricsOf(Uri process) =>
        async cancellationToken =>
        {
            var page = await _processes.ReadAsync(new(process, "/metrics"), cancellationToken);
            var line = page.Split('\n').First(line => line.StartsWith(Allocated, StringComparison.Ordinal));
            return Number(line[(line.IndexOf('}', StringComparison.Ordinal) + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]);
        };

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
