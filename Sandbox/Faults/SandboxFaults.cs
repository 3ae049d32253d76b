namespace OrleansTwitterProxy.Sandbox;

/// <summary>The script of misfortunes. The first fault, in the order added, that befalls a request decides its fate.</summary>
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
            _script.ForEach(scripted => scripted.Remove());
            _script = [];
        }
    }

    /// <summary>Lets the requests that are stalled now go on, of one fault or of all. Requests that arrive later stall again.</summary>
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
    /// reached it when it stalls: with <see cref="Fault.StallAfterEffect"/> alone, after it took effect.
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

    /// <summary>The fault that befalls this request, or null.</summary>
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

    /// <summary>A request has come to the point where it may stall.</summary>
    /// <returns>The signal to wait for, if it stalls.</returns>
    internal Task Reach(ScriptedFault scripted, bool announces = true)
    {
        lock (_gate)
            return scripted.Reach(announces);
    }
}
