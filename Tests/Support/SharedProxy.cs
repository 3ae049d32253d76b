namespace OrleansTwitterProxy.Tests.Support;

/// <summary>One proxy for all tests of a class that cannot disturb each other.</summary>
public class SharedProxy : IAsyncLifetime
{
    internal ProxyHost Host { get; private set; } = null!;

    private protected virtual ProxySetup Setup => new();

    public async Task InitializeAsync() => Host = await ProxyHost.StartAsync(Setup);

    public async Task DisposeAsync() => await Host.DisposeAsync();
}
