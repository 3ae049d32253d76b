using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Queueing;

/// <summary>
/// All calls of this node that wait for one endpoint, one line per account. A line sleeps until its account's windows open or pacing allows
/// its next call. Ready lines take turns, because all accounts share the app-wide windows. Thread-safe. It ends with its last waiting call.
/// </summary>
internal sealed class EndpointQueue
{
    /// <summary>Maximum time between two checks: the wall clock may be set, and other nodes may report new window states.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<AccountQueue, CallLine> _lines = [];
    private readonly SortedSet<CallLine> _asleep = new(CallLine.ByWakeTime);
    private readonly ReadyLines _ready = new();
    private readonly Gcra _appRate = new();
    private readonly CallQueue _owner;
    private readonly ITimer _timer;
    private DateTimeOffset _appOpensAt;
    private bool _ended;
    private long _lastLine;

    public EndpointQueue(string endpointKey, CallQueue owner)
    {
        (EndpointKey, _owner) = (endpointKey, owner);
        _timer = owner.TimeProvider.CreateTimer(
            static state => ((EndpointQueue)state!).Wake(),
            this,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
    }

    public string EndpointKey { get; }

    /// <summary>Whether a call may take its permits without waiting in a line.</summary>
    /// <param name="account">The call's account.</param>
    /// <param name="call">The call.</param>
    /// <param name="takesTurn">Whether it starts now; false only asks.</param>
    /// <param name="expectedAt">If it may not: its estimated start if it entered the line now.</param>
    public bool MayPass(AccountQueue account, in QueuedCall call, bool takesTurn, out DateTimeOffset expectedAt)
    {
        expectedAt = default;
        lock (_lock)
        {
            if (!_lines.TryGetValue(account, out var line) || line.MayPass(call, takesTurn))
                return true;
            expectedAt = line.ExpectedAt(line.Order.PlaceOfNewcomer(call.ClientId, call.Urgency), call.Urgency, Now);
            return false;
        }
    }

    /// <summary>Enters the line; the call may start at once.</summary>
    /// <param name="account">The call's account.</param>
    /// <param name="windows">The windows in which it needs permits.</param>
    /// <param name="waiter">The call.</param>
    /// <param name="tooLate">Set when its estimated start is later than its deadline; it then does not stay in the line.</param>
    /// <returns>False when this object has ended: the owner has, or will create, a new one.</returns>
    public bool TryEnter(AccountQueue account, in CallWindows windows, Waiter waiter, out WaiterPlace? tooLate)
    {
        tooLate = null;
        lock (_lock)
        {
            if (_ended)
                return false;
            var now = Now;
            if (!_lines.TryGetValue(account, out var line))
            {
                _lines.Add(account, line = new(EndpointKey, account, windows, ++_lastLine, _owner.Options));
                line.Order.Add(waiter);
                _ready.Put(line);
            }
            else
            {
                var before = line.Order.MostUrgent;
                line.Order.Add(waiter);
                if (line.ReadyNode is not null)
                    _ready.Put(line);
                else if (line.Order.MostUrgent < before && _asleep.Remove(line))
                    SleepOrReady(line, line.NextAt(now), now); // the urgent call may use permits reserved from the others
            }

            Drain(now);
            if (waiter.Node is null)
                return true; // it has already started
            if (_owner.IsClosed)
                Refuse(line, waiter, QueueRejections.ShuttingDown());
            else if (PlaceOf(line, waiter, now) is var place && place.ExpectedAt > waiter.LeavesAt)
                tooLate = place;
            if (tooLate is not null)
                Leave(line, waiter);
            return true;
        }
    }

    /// <summary>A call gives up waiting.</summary>
    /// <returns>Its place; null when it has started or was rejected in the meantime.</returns>
    public WaiterPlace? TryLeave(AccountQueue account, Waiter waiter)
    {
        lock (_lock)
        {
            if (waiter.Node is null || !_lines.TryGetValue(account, out var line))
                return null;
            var place = PlaceOf(line, waiter, Now);
            Leave(line, waiter);
            return place;
        }
    }

    /// <summary>A call of the account has returned its permits, so another may be able to start.</summary>
    public void Returned(AccountQueue account)
    {
        lock (_lock)
        {
            if (!_lines.TryGetValue(account, out var line))
                return;
            var now = Now;
            _appOpensAt = default;
            if (_asleep.Remove(line))
                SleepOrReady(line, line.NextAt(now), now);
            Drain(now);
        }
    }

    /// <summary>Rejects all waiting calls, or those of one account, with ShuttingDown.</summary>
    public void Close(AccountQueue? only = null) => Reject(only, static _ => true, QueueRejections.ShuttingDown());

    /// <summary>Rejects the account's waiting calls of sessions that have ended.</summary>
    public void EndSessions(AccountQueue account, Func<string, bool> isLive) =>
        Reject(account, sessionId => !isLive(sessionId), SharedRejections.SessionEnded());

    /// <summary>A copy of the account's line; null when it has none.</summary>
    public LineSnapshot? Snapshot(AccountQueue account, string sessionId)
    {
        lock (_lock)
        {
            if (!_lines.TryGetValue(account, out var line))
                return null;
            var now = Now;
            var own = line
                .Order.Places()
                .Where(each => each.Waiter.SessionId == sessionId)
                .OrderBy(each => each.Place)
                .Select(each => new WaiterSnapshot(
                    each.Waiter.RequestId,
                    each.Place,
                    line.ExpectedAt(each.Place, each.Waiter.Urgency, now),
                    each.Waiter.LeavesAt
                ))
                .ToArray();
            return new(EndpointKey, line.Order.Count, line.ExpectedAt(1, line.Order.MostUrgent, now), own);
        }
    }

    private DateTimeOffset Now => _owner.TimeProvider.GetUtcNow();

    private void Wake()
    {
        lock (_lock)
        {
            if (_ended)
                return;
            _appOpensAt = default; // responses to other accounts, or other nodes, may have reported free permits
            Drain(Now);
        }
    }

    // Starts every call whose turn it is, and sets the timer for the next one.
    private void Drain(DateTimeOffset now)
    {
        while (_asleep.Min is { } first && first.WakeAt <= now)
        {
            _asleep.Remove(first);
            _ready.Put(first);
        }

        while (_ready.NextAt(now) is { } line && !IsAppBusy(line, now))
        {
            var keep = _owner.Options.KeptFrom(EndpointKey, line.Order.MostUrgent);
            if (line.Windows.TryReserve(now, out var permits, out var block, keep))
            {
                ReadyLines.Remove(line);
                if (AppSpacing(line) is { } spacing)
                    _appRate.Took(now, spacing, _owner.Options.Burst);
                line.Take(now).End(new(permits, null));
                if (line.Order.Count == 0)
                    Forget(line);
                else
                    SleepOrReady(line, line.NextAt(now), now);
            }
            else if (block.ByApp && line.Windows.App.BlockedAt(now) is not null)
            {
                _appOpensAt = After(now, block.Until);
            }
            else
            {
                // Blocked by the account's own window, or by app-wide permits reserved for interactive calls: other lines may go on.
                ReadyLines.Remove(line);
                SleepOrReady(line, After(now, block.Until - now > LongestSleep ? now + LongestSleep : block.Until), now);
            }
        }

        Arm(now);
    }

    // No call may start while the app-wide windows are used up or pacing requires a pause.
    private bool IsAppBusy(CallLine line, DateTimeOffset now)
    {
        if (_appOpensAt <= now && AppSpacing(line) is { } spacing)
            _appOpensAt = _appRate.NextAt(now, spacing, _owner.Options.Burst);
        return _appOpensAt > now;
    }

    private TimeSpan? AppSpacing(CallLine line) => line.Windows.App.Spacing(_owner.Options.MaxWait);

    private void SleepOrReady(CallLine line, DateTimeOffset until, DateTimeOffset now)
    {
        if (until <= now)
        {
            _ready.Put(line);
            return;
        }

        line.WakeAt = until;
        _asleep.Add(line);
    }

    private void Leave(CallLine line, Waiter waiter)
    {
        line.Order.Remove(waiter);
        if (line.Order.Count == 0)
            Forget(line);
        else if (line.ReadyNode is not null)
            _ready.Put(line);
        Arm(Now);
    }

    private void Reject(AccountQueue? only, Func<string, bool> ofSession, Rejection rejection)
    {
        lock (_lock)
        {
            foreach (var line in _lines.Values.Where(line => only is null || line.Account == only).ToList())
            {
                foreach (var (waiter, _) in line.Order.Places().Where(each => ofSession(each.Waiter.SessionId)).ToList())
                    Refuse(line, waiter, rejection);
            }
        }
    }

    private void Refuse(CallLine line, Waiter waiter, Rejection rejection)
    {
        Leave(line, waiter);
        waiter.End(rejection);
    }

    private void Forget(CallLine line)
    {
        _asleep.Remove(line);
        ReadyLines.Remove(line);
        _lines.Remove(line.Account);
    }

    private void Arm(DateTimeOffset now)
    {
        if (_lines.Count == 0)
        {
            if (_ended)
                return;
            _ended = true;
            _timer.Dispose();
            _owner.Forget(this);
            return;
        }

        var next = _ready.Next is null ? DateTimeOffset.MaxValue : _appOpensAt;
        if (_asleep.Min is { } first && first.WakeAt < next)
            next = first.WakeAt;
        var sleep = next - now;
        _timer.Change(
            sleep > LongestSleep ? LongestSleep
                : sleep > Shortest ? sleep
                : Shortest,
            Timeout.InfiniteTimeSpan
        );
    }

    // An instant in the past would make the loop ask again without end.
    private static DateTimeOffset After(DateTimeOffset now, DateTimeOffset until) => until > now ? until : now + Shortest;

    private static WaiterPlace PlaceOf(CallLine line, Waiter waiter, DateTimeOffset now) =>
        new(line.Order.PlaceOf(waiter), line.ExpectedAt(line.Order.PlaceOf(waiter), waiter.Urgency, now));
}
