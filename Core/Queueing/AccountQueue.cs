using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Queueing;

/// <summary>One account's part of the <see cref="CallQueue"/>. Thread-safe.</summary>
public sealed class AccountQueue
{
    private readonly CallQueue _node;
    private readonly Places _places; // guarded by the node

    internal AccountQueue(CallQueue node) => (_node, _places) = (node, new(node.Options.MaxPerAccount, long.MaxValue, node.Options));

    /// <summary>Number of the account's waiting calls.</summary>
    public int Waiting => _places.Taken;

    /// <summary>Takes permits at once, unless the windows are used up or a call with precedence is waiting.</summary>
    /// <param name="arriving">The call.</param>
    /// <param name="windows">The windows in which it needs permits.</param>
    /// <param name="permits">To be settled or released exactly once, followed by a call of <see cref="Returned"/>.</param>
    /// <param name="delay">When refused: what the call would have to wait for.</param>
    public bool TryGo(in QueuedCall arriving, in CallWindows windows, out CallPermits permits, out QueueDelay delay)
    {
        (permits, delay) = (default, default);
        var now = _node.TimeProvider.GetUtcNow();
        var call = arriving.Ranked(windows, _node.Options.WindowShare, now);
        if (
            _node.Waiting > 0
            && _node.Find(call.EndpointKey) is { } endpoint
            && !endpoint.MayPass(this, call, takesTurn: true, out var expectedAt)
        )
        {
            delay = new(expectedAt, ByApp: false, BehindOthers: true);
            return false;
        }

        if (windows.TryReserve(now, out permits, out var block, _node.Options.KeptFrom(call.EndpointKey, call.Urgency)))
        {
            if (call.IsShared)
                windows.Account.CountFor(call.ClientId, now);
            return true;
        }

        delay = new(block.Until, block.ByApp, BehindOthers: false, Kept: windows.BlockedAt(now) is null);
        return false;
    }

    /// <summary>The rejection that <see cref="TryGo"/> would give a call now; has no effect.</summary>
    public Rejection? Preview(in QueuedCall arriving, in CallWindows windows)
    {
        var now = _node.TimeProvider.GetUtcNow();
        var call = arriving.Ranked(windows, _node.Options.WindowShare, now);
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
        return windows.BlockedAt(now, _node.Options.KeptFrom(call.EndpointKey, call.Urgency)) is { } kept
            ? QueueRejections.UsedUp(call, new(kept.Until, ByApp: false, BehindOthers: false, Kept: true), now)
            : null;
    }

    /// <summary>Waits for permits, up to the allowed time. Rejected at once if its estimated start is later than that.</summary>
    /// <param name="arriving">The call.</param>
    /// <param name="windows">The windows in which it needs permits.</param>
    /// <param name="delay">The delay from <see cref="TryGo"/>.</param>
    /// <param name="wait">How long the caller is willing to wait.</param>
    /// <param name="ticket">From <see cref="NextTicket"/>; a call that waits again keeps its ticket.</param>
    /// <param name="cancellationToken">Cancelled when the caller disconnects; the call then leaves its place.</param>
    public async Task<Turn> WaitAsync(
        QueuedCall arriving,
        CallWindows windows,
        QueueDelay delay,
        TimeSpan wait,
        long ticket,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        var now = _node.TimeProvider.GetUtcNow();
        var call = arriving.Ranked(windows, _node.Options.WindowShare, now);
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

    /// <summary>A call was settled or returned its permits, so a waiting call may be able to start.</summary>
    public void Returned(string endpointKey)
    {
        if (_node.Waiting > 0)
            _node.Find(endpointKey)?.Returned(this);
    }

    /// <summary>The account's lines, and the places of the given session's calls in them.</summary>
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

    /// <summary>Rejects the waiting calls of sessions that have ended.</summary>
    public void EndSessions(Func<string, bool> isLive)
    {
        if (Waiting == 0)
            return;
        foreach (var endpoint in _node.Endpoints)
            endpoint.EndSessions(this, isLive);
    }

    /// <summary>
    /// Ends the account's queue on deactivation. Waiting calls get ShuttingDown, because an account with waiting calls is deactivated only
    /// when the process stops.
    /// </summary>
    public void Close()
    {
        if (Waiting == 0)
            return;
        foreach (var endpoint in _node.Endpoints)
            endpoint.Close(this);
    }

    /// <summary>The next ticket, for a call that will wait.</summary>
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

        var turn = waiter.Turn!.Value; // the wait has ended, perhaps at the moment of leaving
        if (!cancellationToken.IsCancellationRequested)
            return turn;
        turn.Permits.Release();
        Returned(call.EndpointKey);
        throw new OperationCanceledException(cancellationToken);
    }
}

/// <summary>What a call would have to wait for.</summary>
/// <param name="Until">When it could start.</param>
/// <param name="ByApp">Whether the app-wide windows are used up.</param>
/// <param name="BehindOthers">Whether it waits for calls in front of it, not for the windows.</param>
/// <param name="Kept">Whether the remaining permits are reserved for other calls.</param>
public readonly record struct QueueDelay(DateTimeOffset Until, bool ByApp, bool BehindOthers, bool Kept = false);
