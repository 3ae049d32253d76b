using System.Net.Http.Headers;
using OrleansTwitterProxy.Sandbox;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>
/// One <see cref="RecordedProxy"/> for all tests of a class that cannot disturb each other: windows, for one, are learned and stay.
/// </summary>
public sealed class SharedRecordedProxy : IAsyncLifetime
{
    private RecordedProxy _proxy = null!;

    public async Task InitializeAsync() => _proxy = await RecordedProxy.StartAsync();

    public async Task DisposeAsync() => await _proxy.DisposeAsync();

    /// <summary>The proxy, with nothing recorded.</summary>
    internal RecordedProxy Fresh()
    {
        _proxy.X.Forget();
        return _proxy;
    }
}

/// <summary>A proxy whose calls to X are kept, with alice signed in.</summary>
internal sealed class RecordedProxy : IAsyncDisposable
{
    private RecordedProxy(SandboxServer sandbox, RecordingX x, ProxyHost proxy, SignedIn alice) =>
        (Sandbox, X, Proxy, Alice) = (sandbox, x, proxy, alice);

    public SandboxServer Sandbox { get; }

    public RecordingX X { get; }

    public ProxyHost Proxy { get; }

    public SignedIn Alice { get; }

    public static async Task<RecordedProxy> StartAsync()
    {
        var sandbox = await SandboxServer.StartAsync(new() { Url = "http://127.0.0.1:0" });
        var x = await RecordingX.StartAsync(sandbox);
        var proxy = await ProxyHost.StartAsync(
            new()
            {
                Sandbox = sandbox,
                Settings = new Dictionary<string, string> { ["Twitter:ApiBaseUrl"] = x.Url },
            }
        );
        var alice = await proxy.SignInAsync("alice");
        x.Forget(); // the sign-in asked X who she is
        return new(sandbox, x, proxy, alice);
    }

    /// <summary>A request of alice's whose target nobody rewrites.</summary>
    public HttpRequestMessage Request(HttpMethod method, string target, HttpContent? content = null) =>
        new(
            method,
            new Uri(
                Proxy.Url.GetLeftPart(UriPartial.Authority) + target,
                new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }
            )
        )
        {
            Content = content,
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", Alice.Token) },
        };

    public async ValueTask DisposeAsync()
    {
        Alice.Http.Dispose();
        await Proxy.DisposeAsync();
        await X.DisposeAsync();
        await Sandbox.DisposeAsync();
    }
}
