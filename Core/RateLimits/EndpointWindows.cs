using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.RateLimits;

/// <summary>
/// The windows that one owner (an account, or X's app as a whole) has on one endpoint. Callers speak of time by our clock; the windows
/// live by X's, and here is where one becomes the other. Thread-safe.
/// </summary>
public sealed class EndpointWindows
{
    /// <summary>
    /// How long a window is waited for that only calls in flight hold: they left in the window before, and end by themselves.
    /// </summary>
    private static readonly TimeSpan InFlight = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestHold = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly string _endpointKey;
    private readonly WindowKind[] _owned;
    private readonly UpstreamClock _clock;
    private readonly List<(WindowKind Kind, RateLimitWindow Window)> _windows = []; // only ever grows: see Reservation
    private long _calls;
    private DateTimeOffset _heldUntil; // by X's clock, as all that is kept here
    private volatile UsageCap? _cap; // by ours: X does not say when

    public EndpointWindows(Endpoint endpoint, WindowKind[] owned, UpstreamClock clock)
    {
        (_endpointKey, _owned, _clock) = (endpoint.Key, owned, clock);
        foreach (var guess in endpoint.FirstGuess)
        {
            if (owned.Contains(guess.Kind))
                _windows.Add((guess.Kind, new(guess.Kind, guess.Limit)));
        }
    }

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
        var atX = _clock.AtX(now);
        lock (_lock)
        {
            if (BlockedUntil(atX, keep) is { } until)
            {
                blockedUntil = _clock.Ours(until);
                return false;
            }

            var call = ++_calls;
            foreach (var (_, window) in _windows)
                window.Reserve(call, atX);
            reservation = new(this, call, _windows.Count);
            return true;
        }
    }

    /// <summary>What there is for calls to come.</summary>
    /// <param name="now">The present instant.</param>
    /// <param name="keep">Share of every window that is not for them.</param>
    public WindowOutlook Outlook(DateTimeOffset now, double keep = 0)
    {
        var atX = _clock.AtX(now);
        lock (_lock)
        {
            var (left, opensAt, narrowest) = (
                atX < _heldUntil ? 0 : long.MaxValue,
                atX < _heldUntil ? _heldUntil : atX,
                (Limit: long.MaxValue, Length: TimeSpan.Zero)
            );
            foreach (var (kind, window) in _windows)
            {
                var room = Math.Max(0, window.Room(atX) - Kept(window, keep));
                var resetAt = window.ResetAt ?? atX + (room == 0 ? InFlight : kind.Length());
                if (room < left || (room == 0 && resetAt > opensAt))
                    (left, opensAt) = (room, resetAt);
                if (window.Limit < narrowest.Limit)
                    narrowest = (Math.Max(1, window.Limit - Kept(window, keep)), kind.Length());
            }

            return new(left, _clock.Ours(opensAt), narrowest.Limit, narrowest.Length);
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
        {
            TimeSpan? longest = null;
            foreach (var (kind, window) in _windows)
            {
                var spacing = (kind.Length() < atMost ? kind.Length() : atMost) / Math.Max(1, window.Limit);
                if (longest is null || spacing > longest)
                    longest = spacing;
            }

            return longest;
        }
    }

    /// <summary>Whether a call would be refused now, and until when; takes nothing.</summary>
    public DateTimeOffset? BlockedAt(DateTimeOffset now, double keep = 0)
    {
        lock (_lock)
            return BlockedUntil(_clock.AtX(now), keep) is { } until ? _clock.Ours(until) : null;
    }

    /// <summary>The windows for callers to see, by our clock.</summary>
    public void AddSnapshots(List<WindowSnapshot> to, DateTimeOffset now)
    {
        var (atX, from) = (_clock.AtX(now), to.Count);
        lock (_lock)
            AddOwn(to, atX);
        if (_clock.Offset == TimeSpan.Zero)
            return;
        for (var i = from; i < to.Count; i++)
            to[i] = to[i] with { ResetAt = to[i].ResetAt is { } resetAt ? _clock.Ours(resetAt) : null };
    }

    /// <summary>The windows as they are to be stored, by X's clock: what is in flight may have been counted by X.</summary>
    public void AddStored(List<WindowSnapshot> to, DateTimeOffset now)
    {
        lock (_lock)
            AddOwn(to, _clock.AtX(now));
    }

    /// <summary>What X said last of each window, by X's clock.</summary>
    public void AddReadings(List<WindowSnapshot> to, DateTimeOffset now)
    {
        lock (_lock)
        {
            foreach (var (_, window) in _windows)
            {
                if (window.Reading(_endpointKey, _clock.AtX(now)) is { } reading)
                    to.Add(reading);
            }
        }
    }

    /// <summary>The windows with the rate at which they are used, by our clock.</summary>
    public void AddForecasts(List<WindowForecast> to, DateTimeOffset now)
    {
        var atX = _clock.AtX(now);
        lock (_lock)
        {
            foreach (var (kind, window) in _windows)
            {
                var forecast = window.Forecast(_endpointKey, atX);
                if (IsHeld(kind, atX, forecast.Remaining))
                    forecast = forecast with { Remaining = 0, ResetAt = _heldUntil, ExhaustedAt = atX };
                to.Add(
                    forecast with
                    {
                        ResetAt = forecast.ResetAt is { } resetAt ? _clock.Ours(resetAt) : null,
                        ExhaustedAt = forecast.ExhaustedAt is { } exhaustedAt ? _clock.Ours(exhaustedAt) : null,
                    }
                );
            }
        }
    }

    /// <summary>A number of the windows of which little is left; zero while none is.</summary>
    public int Wear(DateTimeOffset now)
    {
        var atX = _clock.AtX(now);
        lock (_lock)
        {
            var wear = atX < _heldUntil ? HashCode.Combine(_endpointKey, _heldUntil) : 0;
            foreach (var (kind, window) in _windows)
                wear = unchecked(wear + window.Wear(HashCode.Combine(_endpointKey, kind), atX));
            return wear;
        }
    }

    /// <summary>Takes over what a stored snapshot knew.</summary>
    public void Restore(WindowSnapshot snapshot)
    {
        lock (_lock)
            FindOrAdd(snapshot.Kind, snapshot.Limit).Restore(snapshot);
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
        if (!snapshot.Stated || snapshot.ResetAt is not { } resetAt || !_owned.Contains(snapshot.Kind))
            return; // one node's guess is worth no more than another's
        lock (_lock)
            FindOrAdd(snapshot.Kind, snapshot.Limit).Learn(new(snapshot.Limit, snapshot.Remaining, resetAt), _clock.AtX(now));
    }

    /// <summary>X refused a call for want of what no reset brings back.</summary>
    public void Cap(UsageCapKind kind, DateTimeOffset now)
    {
        lock (_lock)
            _cap =
                _cap is { } cap && cap.Kind == kind && cap.IsInForce(now)
                    ? cap with
                    {
                        LastSeenAt = now,
                    }
                    : new(_endpointKey, kind, now, now);
    }

    /// <summary>X served a call: whatever was used up is there again.</summary>
    public void Uncap()
    {
        if (_cap is not null)
            _cap = null;
    }

    private void AddOwn(List<WindowSnapshot> to, DateTimeOffset atX)
    {
        foreach (var (kind, window) in _windows)
        {
            var snapshot = window.Snapshot(_endpointKey, atX);
            to.Add(IsHeld(kind, atX, snapshot.Remaining) ? snapshot with { Remaining = 0, ResetAt = _heldUntil } : snapshot);
        }
    }

    // While the endpoint is held back beside its windows, the first of them shows it.
    private bool IsHeld(WindowKind kind, DateTimeOffset atX, long remaining) => kind == _owned[0] && atX < _heldUntil && remaining > 0;

    private DateTimeOffset? BlockedUntil(DateTimeOffset atX, double keep)
    {
        DateTimeOffset? until = null;
        foreach (var (_, window) in _windows)
        {
            if (window.Room(atX) > Kept(window, keep))
                continue;
            var resetAt = window.ResetAt ?? atX + InFlight;
            if (until is null || resetAt > until)
                until = resetAt;
        }

        if (_heldUntil - atX > LongestHold)
            _heldUntil = default; // the clock was set back since
        return atX < _heldUntil && (until is null || until < _heldUntil) ? _heldUntil : until;
    }

    private void Settle(long call, int taken, in RateLimitHeaders headers, DateTimeOffset now)
    {
        var atX = _clock.AtX(now);
        lock (_lock)
        {
            for (var i = 0; i < taken; i++)
                _windows[i].Window.Settle(call, headers[_windows[i].Kind], atX);
            foreach (var kind in _owned)
            {
                // A window the published table does not list: X's headers are the first to tell of it, also to calls that were away then.
                if (headers[kind] is { } reading && IndexOf(kind) is var i && (i < 0 || i >= taken))
                    FindOrAdd(kind, reading.Limit).Tell(call, reading, atX);
            }
        }
    }

    private void Release(int taken)
    {
        lock (_lock)
        {
            for (var i = 0; i < taken; i++)
                _windows[i].Window.Release();
        }
    }

    private void Exhaust(DateTimeOffset until, DateTimeOffset now)
    {
        var (untilAtX, atX) = (_clock.AtX(until), _clock.AtX(now));
        lock (_lock)
        {
            // Beside the windows and not in one: what X did not name must neither be made up nor outlast the hold.
            if (_windows.TrueForAll(w => w.Window.HasRoom(atX)) && _heldUntil < untilAtX)
                _heldUntil = untilAtX;
        }
    }

    private static long Kept(RateLimitWindow window, double share) => (long)(window.Limit * share);

    private RateLimitWindow FindOrAdd(WindowKind kind, long limit)
    {
        var index = IndexOf(kind);
        if (index >= 0)
            return _windows[index].Window;
        var found = new RateLimitWindow(kind, limit, _calls);
        _windows.Add((kind, found));
        return found;
    }

    private int IndexOf(WindowKind kind)
    {
        for (var i = 0; i < _windows.Count; i++)
        {
            if (_windows[i].Kind == kind)
                return i;
        }

        return -1;
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
