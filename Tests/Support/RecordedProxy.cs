using System.Net.Http.Headers;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Sandbox;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>
/// One <see cref="RecordedProxy"/> for all tests of a class, on a clock that moves on from test to test.
/// </summary>
public sealed class SharedRecordedProxy : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private RecordedProxy _proxy = null!;
    private int _accounts;

    public async Task InitializeAsync() => _proxy = await RecordedProxy.StartAsync(_clock);

    public async Task DisposeAsync() => await _proxy.DisposeAsync();

    /// <summary>The proxy with nothing recorded, for tests that leave nothing behind: windows, for one, are learned and stay.</summary>
    internal RecordedProxy Fresh()
    {
        _proxy.X.Forget();
        return _proxy;
    }

    /// <summary>The same, with an X that has nothing scripted or used up, and signed in as an account that nobody has used.</summary>
    internal async Task<RecordedProxy> FreshAccountAsync()
    {
        _proxy.X.Answer = null;
        _proxy.Sandbox.StartAnew();
        _clock.Advance(TimeSpan.FromMinutes(1)); // twice what circuits remember, and no less than their longest break
        await _proxy.SignInAsync($"alice{++_accounts}");
        return _proxy;
    }
}

/// <summary>A proxy whose calls to X are kept, with alice signed in.</summary>
internal sealed class RecordedProxy : IAsyncDisposable
{
    private RecordedProxy(SandboxServer sandbox, RecordingX x, ProxyHost proxy) => (Sandbox, X, Proxy) = (sandbox, x, proxy);

    public SandboxServer Sandbox { get; }

    public RecordingX X { get; }

    public ProxyHost Proxy { get; }

    public SignedIn Alice { get; private set; } = null!;

    /// <param name="clock">Of proxy and sandbox; null for real time.</param>
    /// <param name="more">Settings beside those it needs.</param>
    public static async Task<RecordedProxy> StartAsync(TimeProvider? clock = null, params (string Name, string Value)[] more)
    {
        var sandbox = await SandboxServer.StartAsync(new() { Url = "http://127.0.0.1:0" }, clock);
        var x = await RecordingX.StartAsync(sandbox);
        var proxy = await ProxyHost.StartAsync(
            new()
            {
                Sandbox = sandbox,
                Clock = clock,
                Settings = new Dictionary<string, string>(more.Select(pair => KeyValuePair.Create(pair.Name, pair.Value)))
                {
                    ["Twitter:ApiBaseUrl"] = x.Url,
                    ["Clients:app:ApiKeys:0"] = ApiKey.Hash(ProxyHost.ApiKey),
                },
            }
        );
        var recorded = new RecordedProxy(sandbox, x, proxy);
        await recorded.SignInAsync("alice");
        return recorded;
    }

    /// <summary>Signs in; <see cref="Alice"/> is that user from now on.</summary>
    public async Task SignInAsync(string user)
    {
        Alice = await Proxy.SignInAsync(user);
        X.Forget(); // the sign-in asked X who she is
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
