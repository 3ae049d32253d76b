using OrleansTwitterProxy.Sandbox;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>
/// One proxy for all tests of a class. Tests that only ask share it as it is; one that changes something says <see cref="Begin"/> first,
/// and lives on the account that it is given.
/// </summary>
public class SharedProxy : IAsyncLifetime
{
    private SandboxServer? _x;
    private int _accounts;

    internal ProxyHost Host { get; private set; } = null!;

    /// <summary>The clock of proxy and sandbox; null for real time.</summary>
    private protected virtual ManualClock? SharedClock => null;

    /// <summary>How the sandbox is set up; null for the way of <see cref="ProxyHost"/>.</summary>
    private protected virtual SandboxOptions? X => null;

    private protected virtual ProxySetup Setup => new();

    public async Task InitializeAsync()
    {
        if (X is { } options)
        {
            options.Url = "http://127.0.0.1:0";
            _x = await SandboxServer.StartAsync(options, SharedClock);
        }

        Host = await ProxyHost.StartAsync(Setup with { Clock = SharedClock, Sandbox = _x });
    }

    public async Task DisposeAsync()
    {
        await Host.DisposeAsync();
        if (_x is not null)
            await _x.DisposeAsync();
    }

    /// <summary>An X with nothing scripted, counted or used up, and circuits that have forgotten the test before.</summary>
    /// <returns>The name of an account that nobody has used.</returns>
    internal string Begin()
    {
        Host.Sandbox.StartAnew();
        SharedClock?.Advance(TimeSpan.FromMinutes(1)); // twice what circuits remember, and no less than their longest break
        return $"alice{++_accounts}";
    }
}

/// <summary>A shared proxy and its sandbox on a clock that moves when told: only forwards, from test to test.</summary>
public class SharedClockedProxy : SharedProxy
{
    internal ManualClock Clock { get; } = new();

    private protected override ManualClock SharedClock => Clock;
}
