using OrleansTwitterProxy.Core.RateLimits;

namespace OrleansTwitterProxy.Core.Queueing;

/// <summary>One account's calls that wait for one endpoint. Not thread-safe: guarded by its <see cref="EndpointQueue"/>.</summary>
internal sealed class CallLine(string endpointKey, AccountQueue account, CallWindows windows, long id, QueueOptions options)
{
    /// <summary>Time between two calls when no window is known: X asked to wait, but did not say how many calls may follow.</summary>
    private static readonly TimeSpan UnknownSpacing = TimeSpan.FromSeconds(1);

    private readonly Gcra _rate = new();
    private readonly HashSet<string> _passedBy = new(StringComparer.Ordinal); // clients that passed the line since its last call started

    public static IComparer<CallLine> ByWakeTime { get; } =
        Comparer<CallLine>.Create(static (a, b) => (a.WakeAt, a.Id).CompareTo((b.WakeAt, b.Id)));

    public AccountQueue Account => account;

    public CallWindows Windows => windows;

    public WaitingOrder Order { get; } = new();

    /// <summary>Orders lines with the same wake-up time.</summary>
    public long Id => id;

    /// <summary>While asleep: the wake-up time. The owner changes it only while the line is not in the sorted set.</summary>
    public DateTimeOffset WakeAt { get; set; }

    /// <summary>While ready: its place among the lines of other accounts.</summary>
    public LinkedListNode<CallLine>? ReadyNode { get; set; }

    /// <summary>When pacing allows the next call.</summary>
    public DateTimeOffset NextAt(DateTimeOffset now) => _rate.NextAt(now, Spacing, options.Burst);

    /// <summary>Removes the next call from the line.</summary>
    public Waiter Take(DateTimeOffset now)
    {
        _rate.Took(now, Spacing, options.Burst);
        _passedBy.Clear();
        var waiter = Order.Take();
        if (waiter.IsShared)
            windows.Account.CountFor(waiter.ClientId, now);
        return waiter;
    }

    /// <summary>
    /// Lets others go first when the next call's client has had its share of the window: its calls here become background calls.
    /// </summary>
    /// <returns>Whether it was so, and another call may be next.</returns>
    public bool YieldNext(DateTimeOffset now)
    {
        if (
            Order.Next is not { IsShared: true, Urgency: <= QueuedCall.DefaultUrgency } next
            || !windows.Account.IsOverShare(next.ClientId, options.WindowShare, now)
        )
            return false;
        Order.Demote(next.ClientId, QueuedCall.BackgroundUrgency);
        return true;
    }

    /// <summary>
    /// Whether a call may start without waiting in the line: when no waiting call is as urgent, or, for a client without waiting calls,
    /// once between two calls of others, which is the client's turn.
    /// </summary>
    public bool MayPass(in QueuedCall call, bool takesTurn)
    {
        if (Order.MostUrgent > call.Urgency)
            return true;
        if (Order.MostUrgent < call.Urgency || Order.Holds(call.ClientId, call.Urgency))
            return false;
        return takesTurn ? _passedBy.Add(call.ClientId) : !_passedBy.Contains(call.ClientId);
    }

    /// <summary>
    /// Estimated start of the call in that place. The estimate assumes that no more urgent call comes, no call leaves, and other accounts
    /// leave the app-wide windows to this one.
    /// </summary>
    public DateTimeOffset ExpectedAt(int place, int urgency, DateTimeOffset now)
    {
        var keep = options.KeptFrom(endpointKey, urgency);
        var (account, app) = (
            ExpectedAt(windows.Account.Outlook(now, keep), place, now),
            ExpectedAt(windows.App.Outlook(now, keep), place, now)
        );
        return account > app ? account : app;
    }

    private DateTimeOffset ExpectedAt(in WindowOutlook outlook, int place, DateTimeOffset now)
    {
        var ahead = place - 1L;
        if (ahead < outlook.Left)
            return _rate.NthAt(now, ahead, Spacing, options.Burst);
        ahead -= outlook.Left;
        var opensAt = outlook.OpensAt + (ahead / outlook.PerWindow * outlook.Length);
        return _rate.NthAt(opensAt, ahead % outlook.PerWindow, Spacing, options.Burst);
    }

    // A window's calls are spread over the window, but over no more than the longest wait, so that they do not time out.
    private TimeSpan Spacing => windows.Account.Spacing(options.MaxWait) ?? UnknownSpacing;
}
