using Orleans;

namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>X's health per endpoint family, as this node knows it: its copy of the coordinator's decisions. Thread-safe.</summary>
public interface ICircuit
{
    /// <summary>
    /// Requests permission for a call. Closed: a permit, from memory. Open or isolated: refused. Half-open: a permit for the one probe,
    /// refused for all other calls. Every permit is passed to <see cref="Report"/> exactly once.
    /// </summary>
    /// <param name="family">The endpoint's family.</param>
    /// <param name="isSafe">Whether the call only reads: reads are preferred as probes.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    ValueTask<CircuitPermit> EnterAsync(string family, bool isSafe, CancellationToken cancellationToken);

    /// <summary>
    /// The refusal that <see cref="EnterAsync"/> would give a call now; null when it would allow the call, also as a probe. Has no effect.
    /// </summary>
    CircuitPermit? Peek(string family, bool isSafe);

    /// <summary>Returns a permit with the call's outcome. Never blocks and never fails.</summary>
    void Report(CircuitPermit permit, CallOutcome outcome);
}

/// <summary>The result of <see cref="ICircuit.EnterAsync"/>.</summary>
/// <param name="Family">The endpoint family of the call. When refused: the circuit that refused, which may be
/// <see cref="CircuitOptions.Overall"/>.</param>
/// <param name="Allowed">Whether the call may be made.</param>
/// <param name="RetryAfter">When refused: time until the circuit allows a probe; null while isolated by an operator.</param>
/// <param name="Probe">Identifies the half-open probe to the circuit; null for an ordinary call.</param>
public readonly record struct CircuitPermit(string Family, bool Allowed, TimeSpan? RetryAfter = null, object? Probe = null)
{
    private static readonly TimeSpan ShortestRetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>A refusal for a limited time: at least one second, because Retry-After has whole seconds.</summary>
    public static CircuitPermit Refused(string family, TimeSpan retryAfter) =>
        new(family, Allowed: false, retryAfter > ShortestRetryAfter ? retryAfter : ShortestRetryAfter);
}

/// <summary>A copy of one family's circuit.</summary>
/// <param name="Family">Endpoint family.</param>
/// <param name="State">Closed, Open, HalfOpen or Isolated.</param>
/// <param name="RetryAfter">While Open: time until the next probe.</param>
[GenerateSerializer, Immutable, Alias("otp.FamilySnapshot")]
public sealed record FamilySnapshot(
    [property: Id(0)] string Family,
    [property: Id(1)] CircuitState State,
    [property: Id(2)] TimeSpan? RetryAfter
);

/// <summary>The states of a circuit, in Polly's terms.</summary>
public enum CircuitState
{
    Closed,
    Open,
    HalfOpen,
    Isolated,
}
