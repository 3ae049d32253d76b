using Orleans;

namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>
/// X's health per endpoint family, as this node sees it: its copy of what the singleton decided. Thread-safe.
/// </summary>
public interface ICircuit
{
    /// <summary>
    /// Asks to call. Closed: answered from memory, with a permit. Open or isolated: refused. Half-open: a permit for the holder of the one
    /// probe, refused for everybody else. Every permit is handed back to <see cref="Report"/> exactly once.
    /// </summary>
    /// <param name="family">The endpoint's family.</param>
    /// <param name="isSafe">Whether the call only reads: a read probes rather than a write.</param>
    /// <param name="cancellationToken">The caller's.</param>
    ValueTask<CircuitPermit> EnterAsync(string family, bool isSafe, CancellationToken cancellationToken);

    /// <summary>
    /// What <see cref="EnterAsync"/> would refuse a call with now; null when it would let it go, or let it probe. Takes nothing.
    /// </summary>
    CircuitPermit? Peek(string family, bool isSafe);

    /// <summary>Hands a permit back with how the call ended. Never blocks and never fails.</summary>
    void Report(CircuitPermit permit, CallOutcome outcome);
}

/// <summary>The answer to <see cref="ICircuit.EnterAsync"/>.</summary>
/// <param name="Family">The endpoint family asked for; when refused: the circuit that refused, which may be
/// <see cref="CircuitOptions.Overall"/>.</param>
/// <param name="Allowed">Whether the call may go.</param>
/// <param name="RetryAfter">When refused: time until the circuit lets a probe through; null while isolated by an operator.</param>
/// <param name="Probe">What the circuit itself needs to recognise its half-open probe; null for an ordinary call.</param>
public readonly record struct CircuitPermit(string Family, bool Allowed, TimeSpan? RetryAfter = null, object? Probe = null)
{
    private static readonly TimeSpan ShortestRetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>Refused for a time: a second at least, for Retry-After has whole seconds.</summary>
    public static CircuitPermit Refused(string family, TimeSpan retryAfter) =>
        new(family, Allowed: false, retryAfter > ShortestRetryAfter ? retryAfter : ShortestRetryAfter);
}

/// <summary>One family's circuit for others to see.</summary>
/// <param name="Family">Endpoint family.</param>
/// <param name="State">Closed, Open, HalfOpen or Isolated.</param>
/// <param name="RetryAfter">While Open: time until the next probe.</param>
[GenerateSerializer, Immutable, Alias("otp.FamilySnapshot")]
public sealed record FamilySnapshot(
    [property: Id(0)] string Family,
    [property: Id(1)] CircuitState State,
    [property: Id(2)] TimeSpan? RetryAfter
);

/// <summary>The states of a circuit, in Polly's words.</summary>
public enum CircuitState
{
    Closed,
    Open,
    HalfOpen,
    Isolated,
}
