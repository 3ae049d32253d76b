using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>
/// The stand-in for X, on a real socket. Its state is in memory only. Times come from the TimeProvider given to <see cref="StartAsync"/>;
/// only the delays and stalls of scripted faults, and HTTP itself, run on real time.
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
        // Where it listens on every address, browsers find it on this machine.
        world.Photos.Address = new UriBuilder(BaseAddress)
        {
            Host = BaseAddress.Host is "0.0.0.0" or "[::]" ? "localhost" : BaseAddress.Host,
        }.Uri.GetLeftPart(UriPartial.Authority);
    }

    /// <summary>Its base address; for port 0 with the actual port.</summary>
    public Uri BaseAddress { get; }

    /// <summary>The options it was started with.</summary>
    public SandboxOptions Options => _world.Options;

    /// <summary>Scripted faults.</summary>
    public SandboxFaults Faults => _world.Faults;

    /// <summary>Counters of received requests.</summary>
    public SandboxCounters Counters => _world.Counters;

    /// <summary>Rate windows.</summary>
    public SandboxLimits Limits => _world.Limits;

    /// <summary>Users and their tokens.</summary>
    public SandboxAccounts Accounts => _world.Accounts;

    /// <summary>The uploads received.</summary>
    public SandboxMedia Media => _world.Media;

    /// <summary>The filtered stream's connection.</summary>
    public SandboxStream Stream => _world.Stream;

    /// <summary>All streams: their connections, scripted disconnects and events.</summary>
    public SandboxStreams Streams => _world.Streams;

    /// <summary>What the calls so far would cost.</summary>
    public SandboxCosts Costs => _world.Costs;

    /// <summary>Starts listening.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="IOException">The address cannot be listened on: it is in use, or not this machine's.</exception>
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
        catch (Exception e)
        {
            await app.DisposeAsync();
            world.Dispose();
            if (e is SocketException or IOException)
                throw new IOException($"it cannot listen on {options.Url}: {(e.InnerException ?? e).Message}", e);
            throw;
        }
    }

    /// <summary>Stops listening, ends stalled requests and streams, and deletes temporary files.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _world.Dispose();
    }
}
