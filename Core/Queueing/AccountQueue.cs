using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Queueing;

/// <summary>One account's part of the <see cref="CallQueue"/>. Thread-safe.</summary>
public sealed class AccountQueue
{
    private readonly CallQueue _node;
    private readonly Places _places; // guarded by the node

    internal AccountQueue(CallQueue node) => (_node, _places) = (node, new(node.Options.MaxPerAccount, long.MaxValue, node.Options));

    /// <summary>How many calls of the account wait.</summary>
    public int Waiting => _places.Taken;

    /// <summary>Takes permits at once, unless the windows are used up, or somebody waits whose turn comes before.</summary>
    /// <param name="call">The call.</param>
    /// <param name="windows">What it needs permits in.</param>
    /// <param name="permits">To be settled or released exactly once, and <see cref="Returned"/> told.</param>
    /// <param name="delay">When refused: what it would have to wait for.</param>
    public bool TryGo(in QueuedCall call, in CallWindows windows, out CallPermits permits, out QueueDelay delay)
    {
        (permits, delay) = (default, default);
        if (
            _node.Waiting > 0
            && _node.Find(call.EndpointKey) is { } endpoint
            && !endpoint.MayPass(this, call, takesTurn: true, out var expectedAt)
        )
        {
            delay = new(expectedAt, ByApp: false, BehindOthers: true);
            return false;
        }

        var now = _node.TimeProvider.GetUtcNow();
        if (windows.TryReserve(now, out permits, out var block, _node.Options.KeptFrom(call.Urgency)))
            return true;
        delay = new(block.Until, block.ByApp, BehindOthers: false, Kept: call.IsBackground && windows.BlockedAt(now) is null);
        return false;
    }

    /// <summary>What <see cref="TryGo"/> would refuse a call with now; takes nothing.</summary>
    public Rejection? Preview(in QueuedCall call, in CallWindows windows)
    {
        var now = _node.TimeProvider.GetUtcNow();
        if (
            _node.Waiting > 0
            && _node.Find(call.EndpointKey) is { } endpoint
            && !endpoint.MayPass(this, call, takesTurn: false, out var expectedAt)
        )
        {
            return QueueRejections.UsedUp(call, new(expectedAt, ByApp: false, BehindOthers: true), now);
        }

        if (windows.BlockedAt(now) is { } block)
            return QueueRejections.UsedUp(call, new(block.Until, block.ByApp, BehindOthers: false), now);
        return windows.BlockedAt(now, _node.Options.KeptFrom(call.Urgency)) is { } kept
            ? QueueRejections.UsedUp(call, new(kept.Until, ByApp: false, BehindOthers: false, Kept: true), now)
            : null;
    }

    /// <summary>Waits for permits, for at most as long as is allowed; at once refused when it would be in vain.</summary>
    /// <param name="call">The call.</param>
    /// <param name="windows">What it needs permits in.</param>
    /// <param name="delay">What <see cref="TryGo"/> said.</param>
    /// <param name="wait">How long the caller is willing to.</param>
    /// <param name="ticket">Of <see cref="NextTicket"/>: a call that waits once more keeps its own.</param>
    /// <param name="cancellationToken">The caller has left: so does its call, and its place is free.</param>
    public async Task<Turn> WaitAsync(
        QueuedCall call,
        CallWindows windows,
        QueueDelay delay,
        TimeSpan wait,
        long ticket,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        var now = _node.TimeProvider.GetUtcNow();
        if (wait > _node.Options.MaxWait)
            wait = _node.Options.MaxWait;
        if (wait <= TimeSpan.Zero)
            return QueueRejections.UsedUp(call, delay, now);
        if (_node.IsClosed)
            return QueueRejections.ShuttingDown();
        if (_node.TryTakePlace(_places, call) is { } full)
            return QueueRejections.Full(call, delay, now, full);
        try
        {
            return await StandInLineAsync(call, windows, delay, wait, ticket, cancellationToken);
        }
        finally
        {
            _node.GiveBackPlace(_places, call);
        }
    }

    /// <summary>A call has been settled, or has given its permits back: whoever waits may find room.</summary>
    public void Returned(string endpointKey)
    {
        if (_node.Waiting > 0)
            _node.Find(endpointKey)?.Returned(this);
    }

    /// <summary>The lines of the account, and the places in them of the session that asks.</summary>
    public LineSnapshot[] Snapshot(string sessionId) =>
        Waiting == 0
            ? []
            :
            [
                .. _node
                    .Endpoints.Select(endpoint => endpoint.Snapshot(this, sessionId))
                    .OfType<LineSnapshot>()
                    .OrderBy(line => line.EndpointKey, StringComparer.Ordinal),
            ];

    /// <summary>
    /// The account leaves memory: its waiters are told that the process is stopping, for no other reason takes it away from them.
    /// </summary>
    public void Close()
    {
        if (Waiting == 0)
            return;
        foreach (var endpoint in _node.Endpoints)
            endpoint.Close(this);
    }

    /// <summary>A number for a call that is to wait.</summary>
    public long NextTicket() => _node.NextTicket();

    private async Task<Turn> StandInLineAsync(
        QueuedCall call,
        CallWindows windows,
        QueueDelay delay,
        TimeSpan wait,
        long ticket,
        CancellationToken cancellationToken
    )
    {
        var entered = _node.TimeProvider.GetUtcNow();
        var waiter = new Waiter(call, ticket, entered + wait);
        EndpointQueue endpoint;
        WaiterPlace? tooLate;
        do endpoint = _node.FindOrAdd(call.EndpointKey);
        while (!endpoint.TryEnter(this, windows, waiter, out tooLate));
        if (tooLate is { } inVain)
            return QueueRejections.TooLong(call, delay, inVain, entered);

        await waiter
            .Ended.WaitAsync(wait, _node.TimeProvider, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (endpoint.TryLeave(this, waiter) is { } place)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return QueueRejections.Expired(call, place, wait, _node.TimeProvider.GetUtcNow());
        }

        var turn = waiter.Turn!.Value; // it has ended, perhaps in the moment of leaving
        if (!cancellationToken.IsCancellationRequested)
            return turn;
        turn.Permits.Release();
        Returned(call.EndpointKey);
        throw new OperationCanceledException(cancellationToken);
    }
}

/// <summary>What a call would have to wait for.</summary>
/// <param name="Until">When it could go.</param>
/// <param name="ByApp">Whether it is the app's windows that are used up.</param>
/// <param name="BehindOthers">Whether it is the line in front of it, and not the windows.</param>
/// <param name="Kept">Whether what is left is kept for calls that are more urgent.</param>
public readonly record struct QueueDelay(DateTimeOffset Until, bool ByApp, bool BehindOthers, bool Kept = false);
