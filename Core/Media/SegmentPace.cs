namespace OrleansTwitterProxy.Core.Media;

/// <summary>
/// Spaces out the segments that a process begins to send. Uploads that complete a segment in the same moment would else take the processor
/// from everybody's calls for as long as it takes to send them all; so it is theirs for a moment at a time. Thread-safe.
/// </summary>
/// <param name="clock">Real time, whatever clock the proxy runs on: it is the processor that is shared.</param>
internal sealed class SegmentPace(TimeProvider clock)
{
    /// <summary>125 segments a second, so 125 MiB and more: a line of 1 Gbit/s does not notice.</summary>
    internal static readonly TimeSpan Spacing = TimeSpan.FromMilliseconds(8);

    private readonly Lock _lock = new();
    private TimeSpan _next; // since the clock's zero

    /// <summary>Completes when the next segment may begin.</summary>
    public Task WaitAsync(CancellationToken cancellationToken)
    {
        TimeSpan wait;
        lock (_lock)
        {
            var now = clock.GetElapsedTime(0);
            if (_next < now)
                _next = now;
            wait = _next - now;
            _next += Spacing;
        }

        return wait > TimeSpan.Zero ? Task.Delay(wait, clock, cancellationToken) : Task.CompletedTask;
    }
}
