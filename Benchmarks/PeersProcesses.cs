using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace OrleansTwitterProxy.Benchmarks;

/// <summary>
/// The processes of a run, and the folder of their files: NAME.pid and NAME.log, as deploy/cluster has them. A guard ends all of them when
/// this program does, in whatever way.
/// </summary>
internal sealed class PeersProcesses : IAsyncDisposable
{
    private const int PortsNeeded = 20;
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(90); // on a busy machine

    // The pipe ends with this program. nginx and PostgreSQL have children to end themselves, and the script takes its own along. A file
    // may still be written meanwhile.
    private const string Guard = """
        trap '' INT TERM HUP
        cat >/dev/null
        cd "$1" || exit
        for _ in {1..100}; do
          alive=
          for file in *.pid; do
            signal=KILL group=
            case $file in nginx.pid) signal=TERM ;; postgres.pid) signal=QUIT ;; script.pid) group=- ;; esac
            kill -s $signal -- "$group$(cat "$file")" && alive=1
          done
          [ -n "$alive" ] || break
          sleep 0.1
        done 2>/dev/null
        cd /
        for _ in {1..20}; do rm -rf "$1" 2>/dev/null && break; sleep 0.5; done
        """;

    private readonly Process _guard;
    private readonly HttpClient _http = World.Client(new("http://127.0.0.1"));

    public PeersProcesses()
    {
        if (!OperatingSystem.IsLinux())
            throw new PeersException("It reads /proc, so it needs Linux.");
        Home = Directory.CreateTempSubdirectory("otp-peers-").FullName;
        File.SetUnixFileMode(Home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | OthersMayPass);
        FirstPort = FreePorts();
        _guard = Process.Start(new ProcessStartInfo("bash", ["-c", Guard, "guard", Home]) { RedirectStandardInput = true })!;
    }

    public string Home { get; }

    /// <summary>The first of 20 in a row that are free.</summary>
    public int FirstPort { get; }

    // PostgreSQL may run as another user.
    private static UnixFileMode OthersMayPass => UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public Uri Http(int offset) => new($"http://127.0.0.1:{FirstPort + offset}");

    public int ProcessId(string name) => int.Parse(File.ReadAllText(PathOf($"{name}.pid")), CultureInfo.InvariantCulture);

    public string PathOf(string file) => Path.Combine(Home, file);

    /// <summary>Starts a program; its output goes to NAME.log.</summary>
    public Process Start(
        string name,
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null
    )
    {
        // The shell turns into the program, which thereby has the shell's id. Its file is there before it runs.
        var start = new ProcessStartInfo(
            "bash",
            ["-c", "echo $$ >\"$0.pid\"; exec \"$@\" >\"$0.log\" 2>&1 </dev/null", PathOf(name), program, .. arguments]
        )
        {
            WorkingDirectory = Home,
        };
        foreach (var (key, value) in environment ?? new Dictionary<string, string>())
            start.Environment[key] = value;
        return Process.Start(start)!;
    }

    /// <summary>Starts a server, and waits until a page answers with 200.</summary>
    public async Task StartServerAsync(
        string name,
        string program,
        IEnumerable<string> arguments,
        Uri page,
        CancellationToken cancellationToken
    )
    {
        using var process = Start(name, program, arguments);
        var started = TimeProvider.System.GetTimestamp();
        while (!await IsReadyAsync(page, cancellationToken))
        {
            if (process.HasExited || TimeProvider.System.GetElapsedTime(started) > ReadyWithin)
                throw new PeersException($"{name} does not become ready. The end of its log:\n{Tail(name)}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
        }
    }

    public string Tail(string name) => string.Join('\n', File.ReadLines(PathOf($"{name}.log")).TakeLast(15));

    /// <summary>Reads a page.</summary>
    public async Task<string> ReadAsync(Uri page, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, page) { Headers = { { "X-Admin-Key", "dev-admin" } } };
        using var answer = await _http.SendAsync(request, cancellationToken);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _guard.StandardInput.Close();
        await _guard.WaitForExitAsync();
        _guard.Dispose();
    }

    private async Task<bool> IsReadyAsync(Uri page, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await _http.GetAsync(page, cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    // Below those that the system gives to clients.
    private static int FreePorts()
    {
        for (var first = 20_000 + (Environment.ProcessId % 300 * 40); first < 32_700; first += PortsNeeded)
        {
            if (Enumerable.Range(first, PortsNeeded).All(IsFree))
                return first;
        }

        throw new PeersException($"There are no {PortsNeeded} free ports in a row.");
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
