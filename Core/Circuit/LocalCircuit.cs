using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>The circuits of one process: what the embedded engine asks directly.</summary>
public sealed partial class LocalCircuit(IOptions<CircuitOptions> options, TimeProvider timeProvider, ILogger<LocalCircuit> logger) : ICircuit
{
    private readonly ConcurrentDictionary<string, FamilyCircuit> _families = new(StringComparer.Ordinal);

    public ValueTask<CircuitPermit> EnterAsync(string family, CancellationToken cancellationToken) => ValueTask.FromResult(Of(family).Enter());

    public void Report(CircuitPermit permit, CallOutcome outcome) => _ = Of(permit.Family).ReportAsync(permit, outcome);

    public IReadOnlyList<CircuitSnapshot> Snapshot() =>
        [.. _families.Values.Select(circuit => circuit.Snapshot()).OrderBy(snapshot => snapshot.Family, StringComparer.Ordinal)];

    private FamilyCircuit Of(string family) =>
        _families.GetOrAdd(family, static (name, self) => new(name, self.Options, self.Clock, self.LogChange), this);

    private CircuitOptions Options => options.Value;

    private TimeProvider Clock => timeProvider;

    [LoggerMessage(Level = LogLevel.Information, Message = "Circuit of {Family} is now {State}")]
    private partial void LogChange(string family, CircuitState state);
}
