using Orleans;
using OrleansTwitterProxy.Core.RateLimits;

namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>What the coordinator knows of X's health: the copy that every node answers from.</summary>
/// <param name="Epoch">UTC ticks of the coordinator's activation: a later one outranks every snapshot of an earlier one.</param>
/// <param name="Sequence">Counts the changes within the epoch.</param>
/// <param name="Families">Circuits that are not closed.</param>
/// <param name="AppWindows">The app-wide windows, as the nodes together know them.</param>
[GenerateSerializer, Immutable, Alias("otp.CircuitSnapshot")]
public sealed record CircuitSnapshot(
    [property: Id(0)] long Epoch,
    [property: Id(1)] long Sequence,
    [property: Id(2)] FamilyState[] Families,
    [property: Id(3)] WindowSnapshot[] AppWindows
)
{
    /// <summary>Before anything was heard: every circuit closed.</summary>
    public static CircuitSnapshot Empty { get; } = new(0, 0, [], []);

    public bool IsNewerThan(CircuitSnapshot other) => (Epoch, Sequence).CompareTo((other.Epoch, other.Sequence)) > 0;
}

/// <summary>One circuit that is not closed.</summary>
/// <param name="Family">Endpoint family.</param>
/// <param name="State">Open, HalfOpen or Isolated.</param>
/// <param name="OpenUntil">While Open: when a probe may be asked for.</param>
[GenerateSerializer, Immutable, Alias("otp.FamilyState")]
public sealed record FamilyState(
    [property: Id(0)] string Family,
    [property: Id(1)] CircuitState State,
    [property: Id(2)] DateTimeOffset OpenUntil
)
{
    /// <summary>
    /// What this circuit by itself says to a call: refused; or null when it is due to be probed. A write asks to probe later than a read.
    /// </summary>
    public CircuitPermit? Refusal(bool isSafe, TimeSpan breakDuration, DateTimeOffset now)
    {
        if (State is CircuitState.Isolated)
            return new(Family, Allowed: false);
        var left = OpenUntil - now + (isSafe ? TimeSpan.Zero : breakDuration);
        return left > TimeSpan.Zero && (State is CircuitState.Open || !isSafe) ? CircuitPermit.Refused(Family, left) : null;
    }
}

/// <summary>What one node saw since its last report.</summary>
/// <param name="Tallies">Outcomes per family.</param>
/// <param name="AppWindows">The app-wide windows as this node's calls found them.</param>
[GenerateSerializer, Immutable, Alias("otp.NodeReport")]
public sealed record NodeReport([property: Id(0)] FamilyTally[] Tallies, [property: Id(1)] WindowSnapshot[] AppWindows);

/// <summary>Outcomes of one family, counted.</summary>
[GenerateSerializer, Immutable, Alias("otp.FamilyTally")]
public sealed record FamilyTally([property: Id(0)] string Family, [property: Id(1)] int Healthy, [property: Id(2)] int Faulted);

/// <summary>The answer to a node that asks to probe.</summary>
/// <param name="ProbeId">Set for the one that may; to be handed back with the outcome.</param>
/// <param name="RetryAfter">Set for the others.</param>
/// <param name="Snapshot">The newest snapshot, for the circuit may have closed meanwhile.</param>
[GenerateSerializer, Immutable, Alias("otp.ProbeResult")]
public sealed record ProbeResult(
    [property: Id(0)] string? ProbeId,
    [property: Id(1)] TimeSpan? RetryAfter,
    [property: Id(2)] CircuitSnapshot Snapshot
);
