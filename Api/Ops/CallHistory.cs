using System.Diagnostics.Metrics;
using OrleansTwitterProxy.Core.Telemetry;

namespace OrleansTwitterProxy.Api.Ops;

/// <summary>
/// The forwarded calls of the last hour at this front end, by minute, for the console: read off the proxy's own metrics. It is of a fixed
/// size, and gone with the process; Prometheus keeps more. Thread-safe.
/// </summary>
public sealed class CallHistory : IDisposable
{
    private const int Minutes = 60;

    private readonly Lock _lock = new();
    private readonly CallMinute?[] _ring = new CallMinute?[Minutes];
    private readonly MeterListener _listener = new();
    private readonly TimeProvider _timeProvider;
    private double? _waiting;

    public CallHistory(IMeterFactory meters, TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            var isOurs = instrument.Meter.Name == ProxyMetrics.MeterName && ReferenceEquals(instrument.Meter.Scope, meters);
            if (isOurs && instrument.Name is ProxyMetrics.CallDuration or ProxyMetrics.ClientCalls or ProxyMetrics.QueuedCalls)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>(Record);
        _listener.SetMeasurementEventCallback<long>(Record);
        _listener.Start();
    }

    /// <summary>Calls that wait for X's limits on the silo of this process; null in a process without a silo.</summary>
    public int? Waiting
    {
        get
        {
            _listener.RecordObservableInstruments();
            lock (_lock)
                return (int?)_waiting;
        }
    }

    /// <summary>The last hour, the oldest minute first and the current one last.</summary>
    public IReadOnlyList<CallsOfMinute> Read()
    {
        lock (_lock)
        {
            var now = MinuteOf(_timeProvider.GetUtcNow());
            return
            [
                .. Enumerable
                    .Range(0, Minutes)
                    .Select(i => now - Minutes + 1 + i)
                    .Select(minute => (At(minute) ?? new CallMinute(minute)).Summary(DateTimeOffset.FromUnixTimeSeconds(minute * 60))),
            ];
        }
    }

    /// <summary>The last hour's calls of a client, and how many of them the proxy refused.</summary>
    public (long Calls, long Refused) Of(string clientId)
    {
        lock (_lock)
        {
            var now = MinuteOf(_timeProvider.GetUtcNow());
            (long Calls, long Refused) sum = default;
            foreach (var minute in _ring)
            {
                if (minute is null || minute.Number <= now - Minutes || !minute.Clients.TryGetValue(clientId, out var calls))
                    continue;
                sum = (sum.Calls + calls.Calls, sum.Refused + calls.Refused);
            }

            return sum;
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        lock (_lock)
        {
            if (instrument.Name is ProxyMetrics.QueuedCalls)
                _waiting = value;
            else
                Current().Add(Tag(tags, "outcome"), TimeSpan.FromSeconds(value));
        }
    }

    private void Record(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        var (client, outcome) = (Tag(tags, "client"), Tag(tags, "outcome"));
        lock (_lock)
            Current().AddOf(client, outcome, value);
    }

    private CallMinute Current()
    {
        var number = MinuteOf(_timeProvider.GetUtcNow());
        return At(number) ?? (_ring[number % Minutes] = new(number));
    }

    private CallMinute? At(long number) => _ring[number % Minutes] is { } minute && minute.Number == number ? minute : null;

    private static long MinuteOf(DateTimeOffset time) => time.ToUnixTimeSeconds() / 60;

    private static string Tag(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name)
    {
        foreach (var (key, value) in tags)
        {
            if (key == name)
                return value as string ?? "";
        }

        return "";
    }
}
