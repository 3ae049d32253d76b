using OrleansTwitterProxy.Core.Circuit;

namespace OrleansTwitterProxy.Api.Ops;

/// <summary>The proxy at a glance, as this front end knows it.</summary>
/// <param name="At">When it was made.</param>
/// <param name="Circuits">The overall circuit and those of all families used so far; null when their grain does not answer.</param>
/// <param name="Changes">Changes of circuits within the last hour, the oldest first.</param>
/// <param name="Families">Every endpoint family, whether used or not.</param>
/// <param name="Minutes">Calls at this front end by minute, the current one last.</param>
/// <param name="Waiting">Calls that wait for X's limits on this process's silo; null in a process without one.</param>
/// <param name="Silos">Members of the cluster; null when no silo answers.</param>
public sealed record Overview(
    DateTimeOffset At,
    IReadOnlyList<CircuitEntry>? Circuits,
    IReadOnlyList<CircuitChange> Changes,
    IReadOnlyList<string> Families,
    IReadOnlyList<CallsOfMinute> Minutes,
    int? Waiting,
    IReadOnlyList<SiloEntry>? Silos
);

/// <summary>A silo as the cluster's membership has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Address">Address, port and start, as Orleans writes it.</param>
/// <param name="Host">Its host's name.</param>
/// <param name="Status"><c>active</c>, <c>joining</c>, <c>shutting_down</c>, <c>stopping</c> or <c>dead</c>.</param>
/// <param name="StartedAt">When it started.</param>
public sealed record SiloEntry(string Name, string Address, string Host, SiloStatus Status, DateTimeOffset StartedAt);
