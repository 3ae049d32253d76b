using OrleansTwitterProxy.Sandbox;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>A proxy with a sandbox of its own and a clock that moves when told, and alice, who has signed in.</summary>
public abstract class OneAccountTest : IAsyncLifetime
{
    protected ManualClock Clock { get; } = new();

    protected SandboxServer X => Proxy.Sandbox;

    /// <summary>How the proxy is set up; its clock is <see cref="Clock"/>.</summary>
    internal virtual ProxySetup Setup => new();

    internal ProxyHost Proxy { get; private set; } = null!;

    internal SignedIn Alice { get; private set; } = null!;

    public virtual async Task InitializeAsync()
    {
        Proxy = await ProxyHost.StartAsync(Setup with { Clock = Clock });
        Alice = await Proxy.SignInAsync("alice");
    }

    public async Task DisposeAsync() => await Proxy.DisposeAsync();
}
