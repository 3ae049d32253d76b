using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace OrleansTwitterProxy.Benchmarks;

/// <summary>A proxy and its sandbox as processes; the sandbox's limits are off.</summary>
internal sealed class World : IAsyncDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("otp-benchmark-").FullName;
    private readonly List<Process> _processes = [];

    private World() => (Proxy, X) = (FreeAddress(), FreeAddress());

    public Uri Proxy { get; }

    public Uri X { get; }

    /// <summary>What the proxy has written to its standard output, line by line.</summary>
    public ConcurrentQueue<string> Output { get; } = [];

    public Process ProxyProcess => _processes[1];

    /// <summary>Memory used by the proxy, in MiB.</summary>
    public long ProxyMemory
    {
        get
        {
            ProxyProcess.Refresh();
            return ProxyProcess.WorkingSet64 / 1024 / 1024;
        }
    }

    /// <param name="settings">Settings of the proxy, as on its command line.</param>
    public static async Task<World> StartAsync(params string[] settings)
    {
        var world = new World();
        try
        {
            var x = world.X.ToString().TrimEnd('/');
            world.Start("Sandbox", ["--Url", x, "--EnforceLimits", "false"]);
            world.Start(
                "Silo",
                [
                    "--urls",
                    world.Proxy.ToString(),
                    "--Proxy:DataPath",
                    world._home,
                    "--Twitter:ApiBaseUrl",
                    x,
                    "--Twitter:AuthorizeUrl",
                    x + "/i/oauth2/authorize",
                    .. settings,
                ]
            );
            using var http = Client(world.Proxy);
            await UntilReadyAsync(http, new(world.X, "/_sandbox"));
            await UntilReadyAsync(http, new(world.Proxy, "/healthz/ready"));
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client with its own connection pool, like another machine.</summary>
    /// <param name="address">The base address.</param>
    /// <param name="sessionToken">The session token.</param>
    /// <param name="connections">Maximum number of connections.</param>
    public static HttpClient Client(Uri address, string? sessionToken = null, int connections = 64)
    {
        var http = new HttpClient(
            new SocketsHttpHandler
            {
                MaxConnectionsPerServer = connections,
                UseProxy = false,
                UseCookies = false,
            }
        )
        {
            BaseAddress = address,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if (sessionToken is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", sessionToken);
        return http;
    }

    /// <returns>The session token.</returns>
    public Task<string> SignInAsync(string user, string apiKey = "dev-key") => SignInAsync(Proxy, user, apiKey);

    /// <summary>Signs a user in at any proxy whose X is a stand-in.</summary>
    /// <returns>The session token.</returns>
    public static async Task<string> SignInAsync(Uri proxy, string user, string apiKey)
    {
        using var http = Client(proxy);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/auth/authorize") { Headers = { { "X-Api-Key", apiKey } } };
        using var begun = await http.SendAsync(request);
        var url = (await begun.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>())
            .GetProperty("authorization_url")
            .GetString();
        return (await http.GetFromJsonAsync<JsonElement>($"{url}&sandbox_user={user}")).GetProperty("session_token").GetString()!;
    }

    /// <summary>Scripts the sandbox's responses to the next calls.</summary>
    public async Task AddFaultAsync(object fault)
    {
        using var http = Client(X);
        (await http.PostAsJsonAsync("/_sandbox/faults", fault)).EnsureSuccessStatusCode().Dispose();
    }

    public ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        Directory.Delete(_home, recursive: true);
        return ValueTask.CompletedTask;
    }

    private void Start(string name, string[] arguments)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            ["exec", Path.Combine(AppContext.BaseDirectory, $"OrleansTwitterProxy.{name}.dll"), .. arguments]
        )
        {
            RedirectStandardOutput = true,
            WorkingDirectory = _home,
        };
        (start.Environment["Twitter__ClientId"], start.Environment["Twitter__ClientSecret"]) = ("sandbox-client", "sandbox-secret");
        var process = Process.Start(start)!;
        // Read in any case, so that a full pipe does not block the process.
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { } text && name == "Silo")
                Output.Enqueue(text);
        };
        process.BeginOutputReadLine();
        _processes.Add(process);
    }

    private static async Task UntilReadyAsync(HttpClient http, Uri url)
    {
        for (var tries = 300; ; tries--)
        {
            try
            {
                using var answer = await http.GetAsync(url);
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException) when (tries > 0) { }

            if (tries == 0)
                throw new InvalidOperationException($"{url} does not become ready.");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None);
        }
    }

    private static Uri FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new($"http://{listener.LocalEndpoint}/");
    }
}
