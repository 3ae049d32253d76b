using OrleansTwitterProxy.Core.Circuit;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>X's circuits asked directly, for tests of one account without a silo.</summary>
internal sealed class DirectCircuit(CircuitOptions options, TimeProvider timeProvider) : ICircuit
{
    private readonly FamilyCircuits _circuits = new(options, timeProvider, static (_, _) => { });

    public ValueTask<CircuitPermit> EnterAsync(string family, bool isSafe, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_circuits.Enter(family, isSafe));

    public CircuitPermit? Peek(string family, bool isSafe) => _circuits.Peek(family, isSafe);

    public void Report(CircuitPermit permit, CallOutcome outcome) => _ = _circuits.ReportAsync(permit, outcome);
}
