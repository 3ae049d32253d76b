using Orleans;

namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>
/// The latest changes of circuits, for operators: those of the last hour, and no more than <see cref="Capacity"/>. In memory: it begins
/// anew when the coordinator moves to another silo. Not thread-safe: the coordinator's host runs one turn at a time.
/// </summary>
internal sealed class CircuitHistory(TimeProvider timeProvider)
{
    public const int Capacity = 256;

    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    private readonly Queue<CircuitChange> _changes = new();

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<CircuitChange> Changes
    {
        get
        {
            var since = timeProvider.GetUtcNow() - Kept;
            return [.. _changes.Where(change => change.At > since)];
        }
    }

    public void Add(string family, CircuitState state)
    {
        if (_changes.Count == Capacity)
            _changes.Dequeue();
        _changes.Enqueue(new(family, state, timeProvider.GetUtcNow()));
    }
}

/// <summary>A circuit has changed its state.</summary>
/// <param name="Family">Endpoint family, or <c>overall</c>.</param>
/// <param name="State">The state since then.</param>
/// <param name="At">When.</param>
[GenerateSerializer, Immutable, Alias("otp.CircuitChange")]
public sealed record CircuitChange(
    [property: Id(0)] string Family,
    [property: Id(1)] CircuitState State,
    [property: Id(2)] DateTimeOffset At
);
