using Orleans;
using OrleansTwitterProxy.Core.RateLimits;

namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>The coordinator's state: every node keeps a copy and decides from it.</summary>
/// <param name="Epoch">UTC ticks of the coordinator's activation; a later epoch replaces every snapshot of an earlier one.</param>
/// <param name="Sequence">Number of the change within the epoch.</param>
/// <param name="Families">Circuits that are not closed.</param>
/// <param name="AppWindows">The app-wide windows, combined from all nodes.</param>
[GenerateSerializer, Immutable, Alias("otp.CircuitSnapshot")]
public sealed record CircuitSnapshot(
    [property: Id(0)] long Epoch,
    [property: Id(1)] long Sequence,
    [property: Id(2)] FamilyState[] Families,
    [property: Id(3)] WindowSnapshot[] AppWindows
)
{
    /// <summary>The state before the first snapshot: every circuit closed.</summary>
    public static CircuitSnapshot Empty { get; } = new(0, 0, [], []);

    public bool IsNewerThan(CircuitSnapshot other) => (Epoch, Sequence).CompareTo((other.Epoch, other.Sequence)) > 0;
}

/// <summary>One circuit that is not closed.</summary>
/// <param name="Family">Endpoint family.</param>
/// <param name="State">Open, HalfOpen or Isolated.</param>
/// <param name="OpenUntil">While Open: when a probe may start.</param>
[GenerateSerializer, Immutable, Alias("otp.FamilyState")]
public sealed record FamilyState(
    [property: Id(0)] string Family,
    [property: Id(1)] CircuitState State,
    [property: Id(2)] DateTimeOffset OpenUntil
)
{
    /// <summary>This circuit's refusal of a call; null when a probe is due. A write waits longer than a read before it may probe.</summary>
    public CircuitPermit? Refusal(bool isSafe, TimeSpan breakDuration, DateTimeOffset now)
    {
        if (State is CircuitState.Isolated)
            return new(Family, Allowed: false);
        var left = OpenUntil - now + (isSafe ? TimeSpan.Zero : breakDuration);
        return left > TimeSpan.Zero && (State is CircuitState.Open || !isSafe) ? CircuitPermit.Refused(Family, left) : null;
    }
}

/// <summary>What one node observed since its last report.</summary>
/// <param name="Tallies">Outcomes per family.</param>
/// <param name="AppWindows">The app-wide windows as this node's calls read them.</param>
[GenerateSerializer, Immutable, Alias("otp.NodeReport")]
public sealed record NodeReport([property: Id(0)] FamilyTally[] Tallies, [property: Id(1)] WindowSnapshot[] AppWindows);

/// <summary>Number of outcomes in one family.</summary>
[GenerateSerializer, Immutable, Alias("otp.FamilyTally")]
public sealed record FamilyTally([property: Id(0)] string Family, [property: Id(1)] int Healthy, [property: Id(2)] int Faulted);

/// <summary>The response to a node that requests a probe.</summary>
/// <param name="ProbeId">Set if the node may probe; returned with the outcome.</param>
/// <param name="RetryAfter">Set if it may not.</param>
/// <param name="Snapshot">The newest snapshot: the circuit may have closed in the meantime.</param>
[GenerateSerializer, Immutable, Alias("otp.ProbeResult")]
public sealed record ProbeResult(
    [property: Id(0)] string? ProbeId,
    [property: Id(1)] TimeSpan? RetryAfter,
    [property: Id(2)] CircuitSnapshot Snapshot
);
