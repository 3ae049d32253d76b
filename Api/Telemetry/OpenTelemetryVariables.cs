namespace OrleansTwitterProxy.Api.Telemetry;

/// <summary>
/// The variables of OpenTelemetry's SDK (specification, "Environment Variables") that the proxy's exporters read. They may also be given on
/// the command line or in the settings file.
/// </summary>
internal static class OpenTelemetryVariables
{
    /// <summary>The collector to which metrics and traces are sent: <c>http://collector:4317</c>. None: nothing is sent.</summary>
    public const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static readonly string[] All =
    [
        Endpoint,
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_EXPORTER_OTLP_TIMEOUT",
        "OTEL_METRIC_EXPORT_INTERVAL",
        "OTEL_METRIC_EXPORT_TIMEOUT",
        "OTEL_BSP_SCHEDULE_DELAY",
        "OTEL_BSP_EXPORT_TIMEOUT",
        "OTEL_BSP_MAX_QUEUE_SIZE",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        "OTEL_SERVICE_NAME",
        "OTEL_RESOURCE_ATTRIBUTES",
    ];
}
