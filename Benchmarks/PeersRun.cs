namespace OrleansTwitterProxy.Benchmarks;

/// <summary>One contender's part of the rounds.</summary>
internal sealed class PeersRun(PeersContender contender, PeersField field, LoadOrder order)
{
    public PeersContender Contender => contender;

    public List<PeersFigures> Rounds { get; } = [];

    /// <summary>Of the calls at the constant rate, in microseconds.</summary>
    public List<int> Times { get; } = [];

    /// <summary>Bytes, after the last round.</summary>
    public long Memory => ProcessCost.Of(contender.Processes).Memory;

    // Until the JIT has compiled everything, where there is one.
    public Task WarmUpAsync(CancellationToken cancellationToken) =>
        LoadAsync(contender.AllocatedAsync is null ? 2 : 10, 0, cancellationToken);

    public async Task MeasureAsync(CancellationToken cancellationToken)
    {
        var (cpu, load, origin, allocated) = (Cpu(), field.Load.Cpu, field.OriginCpu, await AllocatedAsync());
        var result = await LoadAsync(order.Seconds, 0, cancellationToken);
        double calls = result.Calls;
        Rounds.Add(
            new()
            {
                PerSecond = calls / result.Seconds,
                Cpu = (Cpu() - cpu) / calls,
                LoadCpu = (field.Load.Cpu - load) / calls,
                OriginCpu = (field.OriginCpu - origin) / calls,
                Allocated = (await AllocatedAsync() - allocated) / calls,
            }
        );
        Times.AddRange((await LoadAsync(order.Seconds, order.PerSecond, cancellationToken)).Times);

        TimeSpan Cpu() => ProcessCost.Of([.. contender.Processes, .. contender.Beside]).Cpu;

        async Task<long?> AllocatedAsync() => contender.AllocatedAsync is { } read ? await read(cancellationToken) : null;
    }

    private async Task<LoadResult> LoadAsync(double seconds, int perSecond, CancellationToken cancellationToken)
    {
        var result = await field.Load.RunAsync(
            order with
            {
                Url = contender.Url,
                Tokens = contender.Tokens,
                Seconds = seconds,
                PerSecond = perSecond,
            },
            cancellationToken
        );
        return result.Error is null ? result : throw new PeersException($"{contender.Name}: {result.Error}");
    }
}

/// <summary>What one round found: calls a second, and of each call the CPU time and the bytes allocated.</summary>
internal sealed record PeersFigures
{
    public required double PerSecond { get; init; }

    public required TimeSpan Cpu { get; init; }

    public required TimeSpan LoadCpu { get; init; }

    public required TimeSpan OriginCpu { get; init; }

    /// <summary>Null for what is not .NET.</summary>
    public required double? Allocated { get; init; }
}
