using System.Reflection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using OrleansTwitterProxy.Core.Telemetry;

namespace OrleansTwitterProxy.Api.Telemetry;

/// <summary>Registers OpenTelemetry: which meters and sources are read, and where they go.</summary>
internal static class TelemetryHosting
{
    // .NET's own names; Orleans' are those of its 10.4.2. Without ASP.NET Core's: it cost a call more than the others together, and says
    // what otp.call.duration says.
    private static readonly string[] Meters =
    [
        ProxyMetrics.MeterName,
        "Microsoft.AspNetCore.Server.Kestrel",
        "System.Net.Http",
        "System.Runtime",
        "Microsoft.Orleans",
        "Npgsql",
    ];

    private static readonly string[] Sources = ["Microsoft.AspNetCore", ProxyTraces.SourceName, "Microsoft.Orleans.Runtime", "Npgsql"];

    // ASP.NET Core then gives its spans the tags of OpenTelemetry's conventions, without the query: X's callback has a code in it.
    private const string SuppressSpanTags = "Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData";

    /// <summary>Traces are recorded only where somebody collects them, for each span costs time.</summary>
    public static bool RecordsTraces(IConfiguration configuration) => IsCollected(configuration) && OptionsOf(configuration).TraceRatio > 0;

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var options = OptionsOf(configuration);
        var isCollected = IsCollected(configuration);
        if (!options.Metrics && !isCollected)
            return;
        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(Describe);
        if (options.Metrics)
        {
            telemetry.WithMetrics(metrics =>
            {
                metrics.AddMeter(Meters).SetExemplarFilter(ExemplarFilterType.TraceBased).AddPrometheusExporter();
                if (isCollected)
                    metrics.AddOtlpExporter();
            });
        }

        if (!RecordsTraces(configuration))
            return;
        AppContext.SetSwitch(SuppressSpanTags, false);
        telemetry.WithTracing(traces => traces.AddSource(Sources).SetSampler(new RequestSampler(options.TraceRatio)).AddOtlpExporter());
    }

    private static TelemetryOptions OptionsOf(IConfiguration configuration) =>
        configuration.GetSection(TelemetryOptions.Section).Get<TelemetryOptions>() ?? new();

    private static bool IsCollected(IConfiguration configuration) => !string.IsNullOrEmpty(configuration[OpenTelemetryVariables.Endpoint]);

    private static void Describe(ResourceBuilder resource) =>
        resource.AddService(
            "orleans-twitter-proxy",
            serviceVersion: typeof(TelemetryHosting)
                .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
                ?.InformationalVersion
        );
}
