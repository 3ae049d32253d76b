namespace OrleansTwitterProxy.Sandbox;

/// <summary>The script of misfortunes. The first fault, in the order added, that befalls a request decides its fate.</summary>
public sealed class SandboxFaults
{
    private readonly Lock _gate = new();
    private List<ScriptedFault> _script = [];
    private int _lastId;

    internal SandboxFaults()
    {
    }

    /// <summary>The faults in force, in order, with their hits.</summary>
    public IReadOnlyList<Fault> All
    {
        get
        {
            lock (_gate) return _script.ConvertAll(scripted => scripted.Fault);
        }
    }

    /// <summary>Adds a fault at the end of the script and returns it. One instance is added once.</summary>
    public Fault Add(Fault fault)
    {
        lock (_gate)
        {
            fault.Id = ++_lastId;
            _script = [.. _script, new ScriptedFault(fault)];
        }
        return fault;
    }

    /// <summary>Removes a fault; requests it stalls go on.</summary>
    /// <returns>False when it is not in force.</returns>
    public bool Remove(Fault fault) => Remove(fault.Id);

    /// <summary>Removes all faults; requests they stall go on.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _script.ForEach(scripted => scripted.Release());
            _script = [];
        }
    }

    /// <summary>Lets the requests that are stalled now go on, of one fault or of all. Requests that arrive later stall again.</summary>
    public void Release(Fault? fault = null)
    {
        lock (_gate)
        {
            foreach (var scripted in _script.Where(scripted => fault is null || scripted.Fault == fault)) scripted.Release();
        }
    }

    /// <summary>Completes when <paramref name="hits"/> requests have reached the fault; at once if they already have.</summary>
    /// <exception cref="ArgumentException">The fault is not in force.</exception>
    public Task WaitUntilHitAsync(Fault fault, int hits, CancellationToken cancellationToken = default)
    {
        Task reached;
        lock (_gate)
        {
            reached = _script.Find(scripted => scripted.Fault == fault)?.WhenHit(hits)
                ?? throw new ArgumentException("The fault is not in force.", nameof(fault));
        }
        return reached.WaitAsync(cancellationToken);
    }

    /// <summary>Completes when a request has reached the fault; at once if one already has.</summary>
    public Task WaitUntilHitAsync(Fault fault, CancellationToken cancellationToken = default) =>
        WaitUntilHitAsync(fault, 1, cancellationToken);

    internal bool Remove(int id)
    {
        lock (_gate)
        {
            var scripted = _script.Find(candidate => candidate.Fault.Id == id);
            if (scripted is null) return false;
            scripted.Release();
            _script = [.. _script.Where(candidate => candidate != scripted)];
            return true;
        }
    }

    /// <summary>The fault that befalls this request, or null, and the signal its stalls wait for.</summary>
    internal (Fault? Fault, Task Released) Draw(string endpointKey, string path, string? account)
    {
        if (_script.Count == 0) return (null, Task.CompletedTask);
        lock (_gate)
        {
            var scripted = _script.Find(candidate => candidate.Befalls(endpointKey, path, account));
            if (scripted is null) return (null, Task.CompletedTask);

            // The signal is taken before anyone hears of the hit, so that a Release that follows it cannot be missed.
            var released = scripted.Released;
            scripted.Hit();
            return (scripted.Fault, released);
        }
    }
}
