using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using OrleansTwitterProxy.Core.Telemetry;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Telemetry;

/// <summary>docs/operating/monitoring.md lists the metrics that there are.</summary>
public sealed partial class MonitoringDocumentTests(SharedProxy shared) : IClassFixture<SharedProxy>
{
    [Fact]
    public void The_document_lists_every_metric_with_its_unit()
    {
        var meters = shared.Host.Services.GetRequiredService<IMeterFactory>();
        SortedSet<string> published = new(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Scope == meters && instrument.Meter.Name == ProxyMetrics.MeterName)
                published.Add($"{instrument.Name} {instrument.Unit}");
        };
        listener.Start();

        var documented = MetricRow()
            .Matches(File.ReadAllText(Path.Combine(CheckedIn.Root, "docs", "operating", "monitoring.md")))
            .Select(row => $"{row.Groups["name"].Value} {row.Groups["unit"].Value}")
            .Order(StringComparer.Ordinal);

        Assert.Equal(published, documented);
    }

    [GeneratedRegex(@"^\| `(?<name>otp\.[a-z_.]+)` \| `[a-z_]+` \| (?<unit>\S+) \|", RegexOptions.Multiline)]
    private static partial Regex MetricRow();
}
