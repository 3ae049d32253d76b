namespace OrleansTwitterProxy.Sandbox;

/// <summary>The state of a <see cref="Fault"/>: hits, release signal and waiting tests. Guarded by <see cref="SandboxFaults"/>.</summary>
internal sealed class ScriptedFault(Fault fault)
{
    private readonly EndpointPattern _pattern = new(fault.Endpoint);
    private readonly Random _random = new(fault.Seed);
    private readonly List<(int Hits, TaskCompletionSource Reached)> _waiters = [];
    private int _seen;
    private int _reached;
    private bool _isRemoved;
    private TaskCompletionSource _release = NewSignal();

    public Fault Fault { get; } = fault;

    public bool Befalls(string endpointKey, string path, string? account)
    {
        if (Fault.Times is { } times && Fault.Hits >= times)
            return false;
        if (Fault.Account is { } only && !string.Equals(only, account, StringComparison.OrdinalIgnoreCase))
            return false;
        if (!_pattern.Matches(endpointKey, path))
            return false;
        if (_seen++ < Fault.Skip)
            return false;
        return Fault.Ratio is not { } ratio || _random.NextDouble() < ratio;
    }

    /// <summary>
    /// Signals that a request has reached the fault, and returns the signal that releases it. The release signal is read first, so that a
    /// release by a test that waited for this request is not missed.
    /// </summary>
    public Task Reach(bool announces)
    {
        var released = _isRemoved ? Task.CompletedTask : _release.Task;
        if (!announces)
            return released;
        _reached++;
        foreach (var waiter in _waiters.Where(waiter => _reached >= waiter.Hits))
            waiter.Reached.TrySetResult();
        _waiters.RemoveAll(waiter => _reached >= waiter.Hits);
        return released;
    }

    public Task WhenReached(int hits)
    {
        if (_reached >= hits)
            return Task.CompletedTask;
        var reached = NewSignal();
        _waiters.Add((hits, reached));
        return reached.Task;
    }

    public void Release()
    {
        _release.TrySetResult();
        _release = NewSignal();
    }

    public void Remove()
    {
        _isRemoved = true;
        Release();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
