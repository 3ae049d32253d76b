using System.ComponentModel.DataAnnotations;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Api.Telemetry;

/// <summary>
/// Metrics and traces. Section <c>Telemetry</c>. They are sent to a collector when OTEL_EXPORTER_OTLP_ENDPOINT names one, by the variables
/// that OpenTelemetry has for every program (<see cref="OpenTelemetryVariables"/>).
/// </summary>
public sealed class TelemetryOptions
{
    public const string Section = "Telemetry";

    /// <summary>Whether metrics are kept, served at <c>/metrics</c>, and sent by OTLP if that is set up. Default true.</summary>
    public bool Metrics { get; set; } = true;

    /// <summary>
    /// An address of its own for <c>/metrics</c>, where no key is asked for: whoever reaches it reads the metrics. Null: metrics are served
    /// with the rest, for an admin key.
    /// </summary>
    [HttpUrl(ErrorMessage = "write it as http://10.0.0.5:9464, with a port that nothing else uses.")]
    public string? MetricsUrl { get; set; }

    /// <summary>
    /// The share of traces that are recorded, decided by the trace's id: all processes with the same share decide alike.
    /// </summary>
    /// <value>Default 0.01; range 0 (none) to 1 (all).</value>
    [Range(0, 1)]
    public double TraceRatio { get; set; } = 0.01;
}
