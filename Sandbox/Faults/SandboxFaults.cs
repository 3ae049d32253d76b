namespace OrleansTwitterProxy.Sandbox;

/// <summary>The list of scripted faults. A request gets the first one, in the order added, that selects it.</summary>
public sealed class SandboxFaults
{
    private readonly Lock _gate = new();
    private List<ScriptedFault> _script = [];
    private int _lastId;

    internal SandboxFaults() { }

    /// <summary>The faults in force, in order, with their hits.</summary>
    public IReadOnlyList<Fault> All
    {
        get
        {
            lock (_gate)
                return _script.ConvertAll(scripted => scripted.Fault);
        }
    }

    /// <summary>Adds a fault at the end of the list and returns it. An instance may be added only once.</summary>
    public Fault Add(Fault fault)
    {
        lock (_gate)
        {
            fault.Id = ++_lastId;
            _script = [.. _script, new ScriptedFault(fault)];
        }
        return fault;
    }

    /// <summary>Removes a fault and releases the requests that it stalls.</summary>
    /// <returns>False when it is not in force.</returns>
    public bool Remove(Fault fault) => Remove(fault.Id);

    /// <summary>Removes all faults and releases the requests that they stall.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _script.ForEach(scripted => scripted.Remove());
            _script = [];
        }
    }

    /// <summary>Releases the requests that are stalled now, of one fault or of all. Later requests stall again.</summary>
    public void Release(Fault? fault = null)
    {
        lock (_gate)
        {
            foreach (var scripted in _script.Where(scripted => fault is null || scripted.Fault == fault))
                scripted.Release();
        }
    }

    /// <summary>
    /// Completes when <paramref name="hits"/> requests have reached the fault; at once if they already have. A request that stalls has
    /// reached it when it stalls; with <see cref="Fault.StallAfterEffect"/> only, after its effect.
    /// </summary>
    /// <exception cref="ArgumentException">The fault is not in force.</exception>
    public Task WaitUntilHitAsync(Fault fault, int hits, CancellationToken cancellationToken = default)
    {
        Task reached;
        lock (_gate)
        {
            reached = _script.Find(scripted => scripted.Fault == fault)?.WhenReached(hits)
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
            if (scripted is null)
                return false;
            scripted.Remove();
            _script = [.. _script.Where(candidate => candidate != scripted)];
            return true;
        }
    }

    /// <summary>The fault for this request, or null.</summary>
    internal ScriptedFault? Draw(string endpointKey, string path, string? account)
    {
        if (_script.Count == 0)
            return null;
        lock (_gate)
        {
            var scripted = _script.Find(candidate => candidate.Befalls(endpointKey, path, account));
            if (scripted is not null)
                scripted.Fault.Hits++;
            return scripted;
        }
    }

    /// <summary>Signals that a request has reached the point at which it may stall.</summary>
    /// <returns>The signal to wait for, if it stalls.</returns>
    internal Task Reach(ScriptedFault scripted, bool announces = true)
    {
        lock (_gate)
            return scripted.Reach(announces);
    }
}
