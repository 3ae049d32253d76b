using System.Net;
using System.Net.Sockets;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Telemetry;

/// <summary>
/// A proxy in a process of its own, for OpenTelemetry reads all meters of a process. It serves metrics, and sends them and all of its
/// traces to a collector.
/// </summary>
public sealed class MeasuredProxy : IAsyncLifetime
{
    private const string AdminKey = "operators";

    private DurableWorld _world = null!;
    private ProxyProcess _proxy = null!;

    internal HttpClient Http => _proxy.Http;

    internal RecordingX X { get; private set; } = null!;

    /// <summary>Every token that X has given out.</summary>
    internal IReadOnlyCollection<string> Tokens => [.. _world.Sandbox.Accounts.AllTokens];

    internal OtlpReceiver Collector { get; private set; } = null!;

    /// <summary>Where metrics are served without a key.</summary>
    internal Uri MetricsUrl { get; } = new($"http://127.0.0.1:{FreePort()}");

    public async Task InitializeAsync()
    {
        _world = await DurableWorld.StartAsync();
        X = await RecordingX.StartAsync(_world.Sandbox);
        Collector = await OtlpReceiver.StartAsync();
        _proxy = await ProxyProcess.StartAsync(
            _world,
            new Dictionary<string, string>
            {
                ["Twitter:ApiBaseUrl"] = X.Url,
                ["Twitter:PropagateTraceContext"] = "true",
                ["Clients:shop:ApiKeys:0"] = ApiKey.Hash(ProxyHost.ApiKey),
                ["Ops:AdminKeys:0"] = ApiKey.Hash(AdminKey),
                ["Telemetry:Metrics"] = "true",
                ["Telemetry:MetricsUrl"] = MetricsUrl.GetLeftPart(UriPartial.Authority),
                ["Telemetry:TraceRatio"] = "1",
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Collector.Url,
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
                ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
            }
        );
    }

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await Collector.DisposeAsync();
        await X.DisposeAsync();
        await _world.DisposeAsync();
    }

    /// <summary>A client with a session of this user.</summary>
    internal async Task<HttpClient> SignInAsync(string user)
    {
        var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false })
        {
            BaseAddress = Http.BaseAddress,
        };
        await http.SignInAsync(user);
        return http;
    }

    /// <summary>The metrics page, as an operator gets it.</summary>
    internal async Task<string> PageAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics") { Headers = { { "X-Admin-Key", AdminKey } } };
        using var response = await Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
