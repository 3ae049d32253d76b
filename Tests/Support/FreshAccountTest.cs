using OrleansTwitterProxy.Sandbox;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>A proxy that all tests of the class share, and for each of them an account of its own, who has signed in.</summary>
public abstract class FreshAccountTest(SharedProxy shared) : IAsyncLifetime
{
    protected SandboxServer X => Proxy.Sandbox;

    internal ProxyHost Proxy { get; } = shared.Host;

    /// <summary>The account's name at X.</summary>
    protected string Username { get; } = shared.Begin();

    internal SignedIn Alice { get; private set; } = null!;

    public virtual async Task InitializeAsync() => Alice = await Proxy.SignInAsync(Username);

    public virtual Task DisposeAsync()
    {
        Alice.Http.Dispose();
        return Task.CompletedTask;
    }
}
