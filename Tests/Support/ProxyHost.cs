using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Sandbox;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>The real proxy on a real port, with the sandbox as X and a data folder of its own.</summary>
internal sealed class ProxyHost : IAsyncDisposable
{
    public const string ApiKey = "dev-key";

    private readonly WebApplication _app;
    private readonly SandboxServer? _ownSandbox;
    private readonly TemporaryFolder? _ownData;

    private ProxyHost(WebApplication app, SandboxServer sandbox, SandboxServer? ownSandbox, string dataPath, TemporaryFolder? ownData)
    {
        (_app, Sandbox, _ownSandbox, DataPath, _ownData) = (app, sandbox, ownSandbox, dataPath, ownData);
        Url = new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Http = NewClient();
    }

    public Uri Url { get; }

    /// <summary>Follows no redirects and keeps no cookies: a test sees what is sent.</summary>
    public HttpClient Http { get; }

    public SandboxServer Sandbox { get; }

    public string DataPath { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<ProxyHost> StartAsync(ProxySetup? setup = null)
    {
        setup ??= new();
        SandboxServer? ownSandbox = null;
        TemporaryFolder? ownData = null;
        var sandbox = setup.Sandbox
            ?? (
                ownSandbox = await SandboxServer.StartAsync(
                    new() { Url = "http://127.0.0.1:0", MediaProcessingDuration = TimeSpan.Zero },
                    setup.Clock
                )
            );
        var dataPath = setup.DataPath ?? (ownData = new()).Path;
        var app = await SiloUnderTest.BuildAsync(Arguments(sandbox, dataPath, setup.Settings), builder =>
        {
            if (setup.Clock is not null)
                builder.Services.AddSingleton(setup.Clock);
            setup.Customize?.Invoke(builder);
        });
        await app.StartAsync();
        return new(app, sandbox, ownSandbox, dataPath, ownData);
    }

    /// <summary>The command line that points a proxy at a sandbox; also for proxies in processes of their own.</summary>
    public static string[] Arguments(SandboxServer sandbox, string dataPath, IReadOnlyDictionary<string, string> settings)
    {
        var x = sandbox.BaseAddress.GetLeftPart(UriPartial.Authority);
        var all = new Dictionary<string, string>
        {
            ["urls"] = "http://127.0.0.1:0",
            ["Proxy:DataPath"] = dataPath,
            ["Twitter:ClientId"] = "sandbox-client",
            ["Twitter:ClientSecret"] = "sandbox-secret",
            ["Twitter:BearerToken"] = "sandbox-app-token",
            ["Twitter:ApiBaseUrl"] = x,
            ["Twitter:AuthorizeUrl"] = x + "/i/oauth2/authorize",
            ["Retries:BaseDelay"] = "00:00:00", // a test's clock may stand still
            ["Logging:LogLevel:Default"] = "Critical",
            ["Cluster:DrainDelay"] = "00:00:00", // with a database it has a default, and nobody is waited for here
            ["Cluster:Dashboard"] = "false", // a part of every start that few tests look at
            // OpenTelemetry reads all meters of a process, so those of several proxies in it are mixed: TelemetryTests has a process.
            ["Telemetry:Metrics"] = "false",
        };
        foreach (var (name, value) in settings)
            all[name] = value;
        return [.. all.Select(pair => $"--{pair.Key}={pair.Value}")];
    }

    public HttpClient NewClient() =>
        new(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                UseProxy = false,
            }
        )
        {
            BaseAddress = Url,
        };

    /// <summary>Signs in as a user of the sandbox and returns a client that holds the session.</summary>
    public async Task<SignedIn> SignInAsync(string user, string[]? scopes = null)
    {
        using var authorize = new HttpRequestMessage(HttpMethod.Post, "/v1/auth/authorize")
        {
            Content = JsonContent.Create(new { scopes }),
        };
        authorize.Headers.Add("X-Api-Key", ApiKey);
        var started = await ReadAsync(await Http.SendAsync(authorize));
        var consent = await Http.GetAsync($"{started.GetProperty("authorization_url").GetString()}&sandbox_user={user}");
        var opened = await ReadAsync(await Http.GetAsync(consent.Headers.Location));
        var client = NewClient();
        var token = opened.GetProperty("session_token").GetString()!;
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return new(client, token, opened.GetProperty("account").GetProperty("id").GetString()!);
    }

    public static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}: {text}");
        return JsonElement.Parse(text);
    }

    /// <summary>
    /// Waits until what the engine's nodes tell each other has arrived. A circuit opens and closes for everybody in the embedded engine at
    /// once, in a cluster when the singleton has heard of it; a test that has caused a change calls this before it looks.
    /// </summary>
    public Task SettleAsync() => SiloUnderTest.SettleAsync(Services);

    /// <summary>Stores what the process has recorded of calls and events so far.</summary>
    public async Task StoreEntriesAsync()
    {
        await Services.GetRequiredService<ActivityLog>().FlushAsync(CancellationToken.None);
        await Services.GetRequiredService<AuditLog>().FlushAsync(CancellationToken.None);
    }

    /// <summary>Stops the proxy as SIGTERM would; the data folder stays if the test owns it.</summary>
    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        if (_ownSandbox is not null)
            await _ownSandbox.DisposeAsync();
        _ownData?.Dispose();
    }
}

/// <summary>How a test wants its proxy; all of it optional.</summary>
internal sealed record ProxySetup
{
    public SandboxServer? Sandbox { get; init; }

    public string? DataPath { get; init; }

    /// <summary>The clock of the proxy and, unless the test brings its own, of the sandbox.</summary>
    public TimeProvider? Clock { get; init; }

    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    public Action<WebApplicationBuilder>? Customize { get; init; }
}

/// <summary>A session in a test's hands.</summary>
internal sealed record SignedIn(HttpClient Http, string Token, string AccountId);
