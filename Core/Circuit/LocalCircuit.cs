using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>The circuits of one process: what the embedded engine asks directly.</summary>
public sealed partial class LocalCircuit : ICircuit, ICircuitControl
{
    private readonly ILogger<LocalCircuit> _logger;
    private readonly FamilyCircuits _circuits;

    public LocalCircuit(IOptions<CircuitOptions> options, TimeProvider timeProvider, ILogger<LocalCircuit> logger)
    {
        _logger = logger;
        _circuits = new(options.Value, timeProvider, LogChange);
    }

    public ValueTask<CircuitPermit> EnterAsync(string family, bool isSafe, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_circuits.Enter(family, isSafe));

    public CircuitPermit? Peek(string family, bool isSafe) => _circuits.Peek(family, isSafe);

    public void Report(CircuitPermit permit, CallOutcome outcome) => _ = _circuits.ReportAsync(permit, outcome);

    public Task<IReadOnlyList<CircuitSnapshot>> SnapshotAsync() => Task.FromResult(_circuits.Snapshot());

    public Task IsolateAsync(string family) => _circuits.IsolateAsync(family);

    public Task CloseAsync(string family) => _circuits.CloseAsync(family);

    [LoggerMessage(Level = LogLevel.Information, Message = "Circuit of {Family} is now {State}")]
    private partial void LogChange(string family, CircuitState state);
}
