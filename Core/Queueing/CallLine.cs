using OrleansTwitterProxy.Core.RateLimits;

namespace OrleansTwitterProxy.Core.Queueing;

/// <summary>One account's calls that wait for one endpoint. Not thread-safe: its <see cref="EndpointQueue"/> guards it.</summary>
internal sealed class CallLine(AccountQueue account, CallWindows windows, long id, QueueOptions options)
{
    /// <summary>Between two calls where no window is known: X said to wait, and not how many may come.</summary>
    private static readonly TimeSpan UnknownSpacing = TimeSpan.FromSeconds(1);

    private readonly Gcra _rate = new();
    private readonly HashSet<string> _passedBy = new(StringComparer.Ordinal); // clients that went ahead of the line since it last moved

    public static IComparer<CallLine> ByWakeTime { get; } =
        Comparer<CallLine>.Create(static (a, b) => (a.WakeAt, a.Id).CompareTo((b.WakeAt, b.Id)));

    public AccountQueue Account => account;

    public CallWindows Windows => windows;

    public WaitingOrder Order { get; } = new();

    /// <summary>Tells lines apart that wake at the same instant.</summary>
    public long Id => id;

    /// <summary>While it sleeps: until when. Its owner changes it only out of its sorted set.</summary>
    public DateTimeOffset WakeAt { get; set; }

    /// <summary>While it is ready: its place among the lines of other accounts.</summary>
    public LinkedListNode<CallLine>? ReadyNode { get; set; }

    /// <summary>When pacing lets its next one go.</summary>
    public DateTimeOffset NextAt(DateTimeOffset now) => _rate.NextAt(now, Spacing, options.Burst);

    /// <summary>Who goes next leaves the line.</summary>
    public Waiter Take(DateTimeOffset now)
    {
        _rate.Took(now, Spacing, options.Burst);
        _passedBy.Clear();
        return Order.Take();
    }

    /// <summary>
    /// Whether a call may go without standing in line: when nobody waits who is as urgent; or, for a client that has nobody waiting, once
    /// between two of the others', which is its turn.
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
    /// When the call in that place will probably go, if nobody more urgent comes, nobody leaves, and other accounts leave the app's
    /// windows to this one.
    /// </summary>
    public DateTimeOffset ExpectedAt(int place, int urgency, DateTimeOffset now)
    {
        var keep = options.KeptFrom(urgency);
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

    // A window's calls are spread over it; but over no longer than anybody can wait, lest they leave for nothing.
    private TimeSpan Spacing => windows.Account.Spacing(options.MaxWait) ?? UnknownSpacing;
}
