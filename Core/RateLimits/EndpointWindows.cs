using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.RateLimits;

/// <summary>The windows that one owner (an account, or X's app as a whole) has on one endpoint. Thread-safe.</summary>
public sealed class EndpointWindows
{
    private readonly Lock _lock = new();
    private readonly string _endpointKey;
    private readonly WindowKind[] _owned;
    private readonly List<(WindowKind Kind, RateLimitWindow Window)> _windows = []; // only ever grows: see Reservation
    private DateTimeOffset _heldUntil;

    public EndpointWindows(Endpoint endpoint, WindowKind[] owned)
    {
        (_endpointKey, _owned) = (endpoint.Key, owned);
        foreach (var guess in endpoint.FirstGuess)
        {
            if (owned.Contains(guess.Kind)) _windows.Add((guess.Kind, new(guess.Kind, guess.Limit)));
        }
    }

    /// <summary>Takes one permit in every window, or in none.</summary>
    /// <param name="now">The present instant.</param>
    /// <param name="reservation">To be settled or released exactly once.</param>
    /// <param name="blockedUntil">When refused: the latest reset among the exhausted windows.</param>
    public bool TryReserve(DateTimeOffset now, out Reservation reservation, out DateTimeOffset blockedUntil)
    {
        (reservation, blockedUntil) = (default, default);
        lock (_lock)
        {
            foreach (var (kind, window) in _windows)
            {
                if (window.HasRoom(now)) continue;
                var resetAt = window.ResetAt ?? now + kind.Length();
                if (resetAt > blockedUntil) blockedUntil = resetAt;
            }

            if (now < _heldUntil && blockedUntil < _heldUntil) blockedUntil = _heldUntil;
            if (blockedUntil != default) return false;
            foreach (var (_, window) in _windows) window.Reserve(now);
            reservation = new(this, _windows.Count);
            return true;
        }
    }

    /// <summary>What there is for calls to come.</summary>
    public WindowOutlook Outlook(DateTimeOffset now)
    {
        lock (_lock)
        {
            var (left, opensAt, narrowest) = (now < _heldUntil ? 0 : long.MaxValue, now < _heldUntil ? _heldUntil : now, (Limit: long.MaxValue, Length: TimeSpan.Zero));
            foreach (var (kind, window) in _windows)
            {
                var room = Math.Max(0, window.Room(now));
                var resetAt = window.ResetAt ?? now + kind.Length();
                if (room < left || (room == 0 && resetAt > opensAt)) (left, opensAt) = (room, resetAt);
                if (window.Limit < narrowest.Limit) narrowest = (Math.Max(1, window.Limit), kind.Length());
            }

            return new(left, opensAt, narrowest.Limit, narrowest.Length);
        }
    }

    /// <summary>The time between two calls that would spread a whole window's evenly over its length, or over <paramref name="atMost"/> if that is shorter.</summary>
    /// <returns>That of the window where it is longest; null when no window is known.</returns>
    public TimeSpan? Spacing(TimeSpan atMost)
    {
        lock (_lock)
        {
            TimeSpan? longest = null;
            foreach (var (kind, window) in _windows)
            {
                var spacing = (kind.Length() < atMost ? kind.Length() : atMost) / Math.Max(1, window.Limit);
                if (longest is null || spacing > longest) longest = spacing;
            }

            return longest;
        }
    }

    public void AddSnapshots(List<WindowSnapshot> to, DateTimeOffset now)
    {
        lock (_lock)
        {
            foreach (var (kind, window) in _windows)
            {
                var snapshot = window.Snapshot(_endpointKey, now);
                var held = kind == _owned[0] && now < _heldUntil && snapshot.Remaining > 0;
                to.Add(held ? snapshot with { Remaining = 0, ResetAt = _heldUntil } : snapshot);
            }
        }
    }

    /// <summary>What X said last of each window.</summary>
    public void AddReadings(List<WindowSnapshot> to, DateTimeOffset now)
    {
        lock (_lock)
        {
            foreach (var (_, window) in _windows)
            {
                if (window.Reading(_endpointKey, now) is { } reading) to.Add(reading);
            }
        }
    }

    /// <summary>Takes over what a stored snapshot knew.</summary>
    public void Restore(WindowSnapshot snapshot)
    {
        lock (_lock) FindOrAdd(snapshot.Kind, snapshot.Limit).Restore(snapshot);
    }

    /// <summary>Takes over what another owner of the same window has learned from X's headers.</summary>
    public void Learn(WindowSnapshot snapshot, DateTimeOffset now)
    {
        if (!snapshot.Stated || snapshot.ResetAt is not { } resetAt || resetAt <= now) return; // one node's guess is worth no more than another's
        lock (_lock) FindOrAdd(snapshot.Kind, snapshot.Limit).Learn(new(snapshot.Limit, snapshot.Remaining, resetAt), now);
    }

    private void Settle(int taken, in RateLimitHeaders headers, DateTimeOffset now)
    {
        lock (_lock)
        {
            for (var i = 0; i < taken; i++) _windows[i].Window.Settle(headers[_windows[i].Kind], now);
            foreach (var kind in _owned)
            {
                // A window the published table does not list: X's headers are the first to tell of it, also to calls that were away then.
                if (headers[kind] is { } reading && _windows.FindIndex(w => w.Kind == kind) is var i && (i < 0 || i >= taken))
                {
                    FindOrAdd(kind, reading.Limit).Learn(reading, now);
                }
            }
        }
    }

    private void Release(int taken)
    {
        lock (_lock)
        {
            for (var i = 0; i < taken; i++) _windows[i].Window.Release();
        }
    }

    private void Exhaust(DateTimeOffset until, DateTimeOffset now)
    {
        lock (_lock)
        {
            // Beside the windows and not in one: what X did not name must neither be made up nor outlast the hold.
            if (_windows.TrueForAll(w => w.Window.HasRoom(now)) && _heldUntil < until) _heldUntil = until;
        }
    }

    private RateLimitWindow FindOrAdd(WindowKind kind, long limit)
    {
        var found = _windows.Find(w => w.Kind == kind).Window;
        if (found is null) _windows.Add((kind, found = new(kind, limit)));
        return found;
    }

    /// <summary>One call's permits. It knows how many windows it took a permit in, for one may be discovered while the call is away.</summary>
    public readonly struct Reservation
    {
        private readonly EndpointWindows? _owner;
        private readonly int _taken;

        internal Reservation(EndpointWindows owner, int taken) => (_owner, _taken) = (owner, taken);

        /// <summary>The call was answered, or may have been: corrects every window by X's headers, or counts it where they are silent.</summary>
        public void Settle(in RateLimitHeaders headers, DateTimeOffset now) => _owner?.Settle(_taken, headers, now);

        /// <summary>X provably never saw the call: the permits come back.</summary>
        public void Release() => _owner?.Release(_taken);

        /// <summary>X refused with 429 though no window it told us of is exhausted: holds back until <paramref name="until"/>.</summary>
        public void Exhaust(DateTimeOffset until, DateTimeOffset now) => _owner?.Exhaust(until, now);
    }
}
