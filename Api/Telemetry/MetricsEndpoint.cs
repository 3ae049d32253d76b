using OpenTelemetry.Metrics;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Telemetry;

/// <summary>
/// <c>GET /metrics</c> in Prometheus' format: for operators, or at an address of its own (<see cref="TelemetryOptions.MetricsUrl"/>), where
/// nothing else is served.
/// </summary>
internal static class MetricsEndpoint
{
    public const string Path = "/metrics";

    /// <summary>Stands before the host check: at the address of its own the host is whatever Prometheus calls it.</summary>
    public static void UseMetricsAddress(this WebApplication app)
    {
        var options = OptionsOf(app);
        if (options is not { Metrics: true, MetricsUrl: { } url })
            return;
        var port = new Uri(url).Port;
        app.MapWhen(
            context => context.Connection.LocalPort == port,
            branch =>
            {
                branch.UseOpenTelemetryPrometheusScrapingEndpoint(Path);
                branch.Run(static context =>
                    Problems.WriteAsync(context, new(RejectionReason.NotFound, $"Only {Path} is served at this address."))
                );
            }
        );
    }

    public static void MapMetrics(this WebApplication app)
    {
        if (OptionsOf(app).Metrics)
            app.MapPrometheusScrapingEndpoint(Path).RequireAuthorization(ProxyPolicies.Operator).ExcludeFromDescription();
    }

    private static TelemetryOptions OptionsOf(WebApplication app) =>
        app.Configuration.GetSection(TelemetryOptions.Section).Get<TelemetryOptions>() ?? new();
}
