using Microsoft.AspNetCore.Builder;
using OrleansTwitterProxy.Sandbox;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>X and a data folder that outlive the proxies a test starts on them, in this process or in others.</summary>
internal sealed class DurableWorld : IAsyncDisposable
{
    private readonly TemporaryFolder _data = new();
    private readonly TimeProvider? _clock;

    private DurableWorld(SandboxServer sandbox, TimeProvider? clock) => (Sandbox, _clock) = (sandbox, clock);

    public SandboxServer Sandbox { get; }

    public string DataPath => _data.Path;

    public static async Task<DurableWorld> StartAsync(TimeProvider? clock = null, SandboxOptions? options = null)
    {
        options ??= new();
        options.Url = "http://127.0.0.1:0";
        return new(await SandboxServer.StartAsync(options, clock), clock);
    }

    /// <summary>A proxy in this process, on the same clock.</summary>
    public Task<ProxyHost> StartProxyAsync(
        IReadOnlyDictionary<string, string>? settings = null,
        Action<WebApplicationBuilder>? customize = null
    ) =>
        ProxyHost.StartAsync(
            new()
            {
                Sandbox = Sandbox,
                DataPath = DataPath,
                Clock = _clock,
                Settings = settings ?? new Dictionary<string, string>(),
                Customize = customize,
            }
        );

    public async ValueTask DisposeAsync()
    {
        await Sandbox.DisposeAsync();
        _data.Dispose();
    }
}
