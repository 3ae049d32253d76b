namespace OrleansTwitterProxy.Sandbox;

/// <summary>The running side of a <see cref="Fault"/>: tally, release signal and who waits. <see cref="SandboxFaults"/> locks.</summary>
internal sealed class ScriptedFault(Fault fault)
{
    private readonly EndpointPattern _pattern = new(fault.Endpoint);
    private readonly Random _random = new(fault.Seed);
    private readonly List<(int Hits, TaskCompletionSource Reached)> _waiters = [];
    private int _seen;
    private TaskCompletionSource _release = NewSignal();

    public Fault Fault { get; } = fault;

    /// <summary>Completes when the requests now stalled may go on.</summary>
    public Task Released => _release.Task;

    public bool Befalls(string endpointKey, string path, string? account)
    {
        if (Fault.Times is { } times && Fault.Hits >= times) return false;
        if (Fault.Account is { } only && !string.Equals(only, account, StringComparison.OrdinalIgnoreCase)) return false;
        if (!_pattern.Matches(endpointKey, path)) return false;
        if (_seen++ < Fault.Skip) return false;
        return Fault.Ratio is not { } ratio || _random.NextDouble() < ratio;
    }

    public void Hit()
    {
        Fault.Hits++;
        foreach (var waiter in _waiters.Where(waiter => Fault.Hits >= waiter.Hits)) waiter.Reached.TrySetResult();
        _waiters.RemoveAll(waiter => Fault.Hits >= waiter.Hits);
    }

    public Task WhenHit(int hits)
    {
        if (Fault.Hits >= hits) return Task.CompletedTask;
        var reached = NewSignal();
        _waiters.Add((hits, reached));
        return reached.Task;
    }

    public void Release()
    {
        _release.TrySetResult();
        _release = NewSignal();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
