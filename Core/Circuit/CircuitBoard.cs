using OrleansTwitterProxy.Core.RateLimits;

namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>What the cluster's one authority knows of X's health: the copy that every node answers from.</summary>
/// <param name="Epoch">UTC ticks of the authority's activation: a later one outranks every board of an earlier one.</param>
/// <param name="Sequence">Counts the changes within the epoch.</param>
/// <param name="Families">Circuits that are not closed.</param>
/// <param name="AppWindows">The app-wide windows, as the nodes together know them.</param>
public sealed record CircuitBoard(long Epoch, long Sequence, IReadOnlyList<FamilyState> Families, IReadOnlyList<WindowSnapshot> AppWindows)
{
    /// <summary>Before anything was heard: every circuit closed.</summary>
    public static CircuitBoard Empty { get; } = new(0, 0, [], []);

    public bool IsNewerThan(CircuitBoard other) => (Epoch, Sequence).CompareTo((other.Epoch, other.Sequence)) > 0;
}

/// <summary>One circuit that is not closed.</summary>
/// <param name="Family">Endpoint family.</param>
/// <param name="State">Open, HalfOpen or Isolated.</param>
/// <param name="OpenUntil">While Open: when a probe may be asked for.</param>
public sealed record FamilyState(string Family, CircuitState State, DateTimeOffset OpenUntil)
{
    /// <summary>What this circuit by itself says to a call: refused; or null when it is due to be probed. A write asks to probe later than a read.</summary>
    public CircuitPermit? Refusal(bool isSafe, TimeSpan breakDuration, DateTimeOffset now)
    {
        if (State is CircuitState.Isolated) return new(Family, Allowed: false);
        var left = OpenUntil - now + (isSafe ? TimeSpan.Zero : breakDuration);
        var second = TimeSpan.FromSeconds(1);
        return left > TimeSpan.Zero && (State is CircuitState.Open || !isSafe) ? new(Family, Allowed: false, left > second ? left : second) : null;
    }
}

/// <summary>What one node saw since its last report.</summary>
/// <param name="Tallies">Outcomes per family.</param>
/// <param name="AppWindows">The app-wide windows as this node's calls found them.</param>
public sealed record NodeReport(IReadOnlyList<FamilyTally> Tallies, IReadOnlyList<WindowSnapshot> AppWindows);

/// <summary>Outcomes of one family, counted.</summary>
public sealed record FamilyTally(string Family, int Healthy, int Faulted);

/// <summary>The answer to a node that asks to probe.</summary>
/// <param name="ProbeId">Set for the one that may; to be handed back with the outcome.</param>
/// <param name="RetryAfter">Set for the others.</param>
/// <param name="Board">The newest board, for the circuit may have closed meanwhile.</param>
public sealed record ProbeAnswer(string? ProbeId, TimeSpan? RetryAfter, CircuitBoard Board);
