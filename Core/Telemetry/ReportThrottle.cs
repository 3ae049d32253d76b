namespace OrleansTwitterProxy.Core.Telemetry;

/// <summary>Turns many occurrences of one trouble into a line of the log a minute, with their number. Thread-safe.</summary>
public sealed class ReportThrottle(TimeProvider timeProvider)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private long? _reportedAt;
    private int _count;

    /// <summary>Counts an occurrence.</summary>
    /// <returns>How many there were since the last line, if a line is due; null otherwise. The first has its line at once.</returns>
    public int? Count()
    {
        lock (_lock)
        {
            _count++;
            if (_reportedAt is { } at && timeProvider.GetElapsedTime(at) < Interval)
                return null;
            var count = _count;
            (_reportedAt, _count) = (timeProvider.GetTimestamp(), 0);
            return count;
        }
    }
}
