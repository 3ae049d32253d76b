using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>
/// A stand-in for X on a real socket. All its state is in memory and dies with it. Times come from the TimeProvider given to
/// <see cref="StartAsync"/>; only the delays and stalls of scripted faults, and HTTP itself, live in real time.
/// </summary>
public sealed class SandboxServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly SandboxWorld _world;

    private SandboxServer(WebApplication app, SandboxWorld world)
    {
        _app = app;
        _world = world;
        BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    /// <summary>Where it listens, with the port it was given when port 0 was asked for.</summary>
    public Uri BaseAddress { get; }

    /// <summary>The options it was started with.</summary>
    public SandboxOptions Options => _world.Options;

    /// <summary>Scripted misfortunes.</summary>
    public SandboxFaults Faults => _world.Faults;

    /// <summary>What it saw.</summary>
    public SandboxCounters Counters => _world.Counters;

    /// <summary>Rate windows.</summary>
    public SandboxLimits Limits => _world.Limits;

    /// <summary>Users and their tokens.</summary>
    public SandboxAccounts Accounts => _world.Accounts;

    /// <summary>Uploads, as X received them.</summary>
    public SandboxMedia Media => _world.Media;

    /// <summary>The filtered stream's connection.</summary>
    public SandboxStream Stream => _world.Stream;

    /// <summary>Starts listening.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="IOException">The address is in use.</exception>
    public static async Task<SandboxServer> StartAsync(
        SandboxOptions options,
        TimeProvider? timeProvider = null,
        CancellationToken cancellationToken = default
    )
    {
        options.Validate();
        var app = SandboxHost.Build(options.Url);
        var world = new SandboxWorld(options, timeProvider ?? TimeProvider.System, app.Lifetime.ApplicationStopping);
        SandboxHost.Map(app, world);
        try
        {
            await app.StartAsync(cancellationToken);
            return new SandboxServer(app, world);
        }
        catch
        {
            await app.DisposeAsync();
            world.Dispose();
            throw;
        }
    }

    /// <summary>Stops listening, breaks off stalled requests and streams, and deletes temporary files.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _world.Dispose();
    }
}
