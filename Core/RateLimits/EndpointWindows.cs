using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.RateLimits;

/// <summary>
/// The windows that one owner (an account, or X's app as a whole) has on one endpoint. Callers speak of time by our clock; the windows
/// live by X's, and here is where one becomes the other. Thread-safe.
/// </summary>
public sealed class EndpointWindows(string endpointKey, IReadOnlyList<PublishedWindow> published, WindowKind[] owned, UpstreamClock clock)
{
    private readonly Lock _lock = new();
    private readonly WindowSet _windows = new(endpointKey, published, owned); // by X's clock
    private ClientUse? _use; // by X's clock
    private volatile UsageCap? _cap; // by ours: X does not say when

    /// <summary>What X said is used up here and no reset brings back; null when nothing is, or it was long ago.</summary>
    public UsageCap? CapAt(DateTimeOffset now) => _cap is { } cap && cap.IsInForce(now) ? cap : null;

    /// <summary>Takes one permit in every window, or in none.</summary>
    /// <param name="now">The present instant.</param>
    /// <param name="reservation">To be settled or released exactly once.</param>
    /// <param name="blockedUntil">When refused: the latest reset among the exhausted windows.</param>
    /// <param name="keep">Share of every window that is to be left to others.</param>
    public bool TryReserve(DateTimeOffset now, out Reservation reservation, out DateTimeOffset blockedUntil, double keep = 0)
    {
        (reservation, blockedUntil) = (default, default);
        var atX = clock.AtX(now);
        lock (_lock)
        {
            if (_windows.BlockedUntil(atX, keep) is { } until)
            {
                blockedUntil = clock.Ours(until);
                return false;
            }

            var (call, taken) = _windows.Reserve(atX);
            reservation = new(this, call, taken);
            return true;
        }
    }

    /// <summary>Counts a call that has its permits, for <see cref="IsOverShare"/>.</summary>
    public void CountFor(string clientId, DateTimeOffset now)
    {
        var atX = clock.AtX(now);
        lock (_lock)
        {
            if (_windows.Narrowest(atX) is { } window)
                (_use ??= new()).Count(clientId, window.ResetAt, atX);
        }
    }

    /// <summary>Whether a client has made this share of the present window's calls.</summary>
    public bool IsOverShare(string clientId, double share, DateTimeOffset now)
    {
        var atX = clock.AtX(now);
        lock (_lock)
            return _use is not null && _windows.Narrowest(atX) is { } window && _use.Of(clientId, atX) >= Math.Max(1, window.Limit * share);
    }

    /// <summary>What there is for calls to come.</summary>
    /// <param name="now">The present instant.</param>
    /// <param name="keep">Share of every window that is not for them.</param>
    public WindowOutlook Outlook(DateTimeOffset now, double keep = 0)
    {
        lock (_lock)
        {
            var outlook = _windows.Outlook(clock.AtX(now), keep);
            return outlook with { OpensAt = clock.Ours(outlook.OpensAt) };
        }
    }

    /// <summary>
    /// The time between two calls that would spread a whole window's evenly over its length, or over <paramref name="atMost"/> if that is
    /// shorter.
    /// </summary>
    /// <returns>That of the window where it is longest; null when no window is known.</returns>
    public TimeSpan? Spacing(TimeSpan atMost)
    {
        lock (_lock)
            return _windows.Spacing(atMost);
    }

    /// <summary>Whether a call would be refused now, and until when; takes nothing.</summary>
    public DateTimeOffset? BlockedAt(DateTimeOffset now, double keep = 0)
    {
        lock (_lock)
            return Ours(_windows.BlockedUntil(clock.AtX(now), keep));
    }

    /// <summary>The windows for callers to see, by our clock.</summary>
    public void AddSnapshots(List<WindowSnapshot> to, DateTimeOffset now)
    {
        var from = to.Count;
        AddStored(to, now);
        if (clock.Offset == TimeSpan.Zero)
            return;
        for (var i = from; i < to.Count; i++)
            to[i] = to[i] with { ResetAt = Ours(to[i].ResetAt) };
    }

    /// <summary>The windows as they are to be stored, by X's clock: what is in flight may have been counted by X.</summary>
    public void AddStored(List<WindowSnapshot> to, DateTimeOffset now)
    {
        lock (_lock)
            _windows.AddSnapshots(to, clock.AtX(now));
    }

    /// <summary>What X said last of each window, by X's clock.</summary>
    public void AddReadings(List<WindowSnapshot> to, DateTimeOffset now)
    {
        lock (_lock)
            _windows.AddReadings(to, clock.AtX(now));
    }

    /// <summary>The windows with the rate at which they are used, by our clock.</summary>
    public void AddForecasts(List<WindowForecast> to, DateTimeOffset now)
    {
        var from = to.Count;
        lock (_lock)
            _windows.AddForecasts(to, clock.AtX(now));
        for (var i = from; i < to.Count; i++)
            to[i] = to[i] with { ResetAt = Ours(to[i].ResetAt), ExhaustedAt = Ours(to[i].ExhaustedAt) };
    }

    /// <summary>A number of the windows of which little is left; zero while none is.</summary>
    public int Wear(DateTimeOffset now)
    {
        lock (_lock)
            return _windows.Wear(clock.AtX(now));
    }

    /// <summary>Takes over what a stored snapshot knew.</summary>
    public void Restore(WindowSnapshot snapshot)
    {
        lock (_lock)
            _windows.Restore(snapshot);
    }

    /// <summary>Takes over what was stored of a cap, unless more is known.</summary>
    public void Restore(UsageCap cap, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (cap.IsInForce(now) && (_cap is null || _cap.LastSeenAt < cap.LastSeenAt))
                _cap = cap;
        }
    }

    /// <summary>Takes over what another owner of the same window has learned from X's headers.</summary>
    public void Learn(WindowSnapshot snapshot, DateTimeOffset now)
    {
        if (!snapshot.Stated || snapshot.ResetAt is not { } resetAt || !owned.Contains(snapshot.Kind))
            return; // one node's guess is worth no more than another's
        lock (_lock)
            _windows.Learn(snapshot.Kind, new(snapshot.Limit, snapshot.Remaining, resetAt), clock.AtX(now));
    }

    /// <summary>X refused a call for want of what no reset brings back.</summary>
    public void Cap(UsageCapKind kind, DateTimeOffset now)
    {
        lock (_lock)
            _cap = UsageCap.Seen(_cap, endpointKey, kind, now);
    }

    /// <summary>X served a call: whatever was used up is there again.</summary>
    public void Uncap()
    {
        if (_cap is not null)
            _cap = null;
    }

    private DateTimeOffset? Ours(DateTimeOffset? atX) => atX is { } instant ? clock.Ours(instant) : null;

    private void Settle(long call, int taken, in RateLimitHeaders headers, DateTimeOffset now)
    {
        var atX = clock.AtX(now);
        lock (_lock)
            _windows.Settle(call, taken, headers, atX);
    }

    private void Release(int taken)
    {
        lock (_lock)
            _windows.Release(taken);
    }

    private void Exhaust(DateTimeOffset until, DateTimeOffset now)
    {
        var (untilAtX, atX) = (clock.AtX(until), clock.AtX(now));
        lock (_lock)
            _windows.Hold(untilAtX, atX);
    }

    /// <summary>
    /// One call's permits. It knows how many windows it took a permit in, for one may be discovered while the call is away.
    /// </summary>
    public readonly struct Reservation
    {
        private readonly EndpointWindows? _owner;
        private readonly long _call;
        private readonly int _taken;

        internal Reservation(EndpointWindows owner, long call, int taken) => (_owner, _call, _taken) = (owner, call, taken);

        /// <summary>
        /// The call was answered, or may have been: corrects every window by X's headers, or counts it where they are silent.
        /// </summary>
        public void Settle(in RateLimitHeaders headers, DateTimeOffset now) => _owner?.Settle(_call, _taken, headers, now);

        /// <summary>X provably never saw the call: the permits come back.</summary>
        public void Release() => _owner?.Release(_taken);

        /// <summary>X refused with 429 though no window it told us of is exhausted: holds back until <paramref name="until"/>.</summary>
        public void Exhaust(DateTimeOffset until, DateTimeOffset now) => _owner?.Exhaust(until, now);
    }
}
