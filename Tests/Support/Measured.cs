using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using OrleansTwitterProxy.Core.Telemetry;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>What the proxy's own meter counts in one process of several in this test run.</summary>
internal sealed class Measured : IDisposable
{
    private readonly MeterListener _listener = new();

    /// <param name="meters">The process's.</param>
    public Measured(IMeterFactory meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == ProxyMetrics.MeterName && instrument.Meter.Scope == meters)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>(
            (instrument, count, tags, _) =>
                All.Add(new(instrument.Name, count, tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value)))
        );
        _listener.Start();
    }

    public ConcurrentBag<Count> All { get; } = [];

    public void Dispose() => _listener.Dispose();

    internal sealed record Count(string Name, long Value, IReadOnlyDictionary<string, object?> Tags);
}
