using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.RateLimits;

/// <summary>
/// The windows of one owner on one endpoint, and the hold beside them: a call takes a permit in all of them or goes not at all. All
/// instants are X's clock's. Not thread-safe: <see cref="EndpointWindows"/> guards it.
/// </summary>
internal sealed class WindowSet
{
    /// <summary>
    /// How long a window is waited for that only calls in flight hold: they left in the window before, and end by themselves.
    /// </summary>
    private static readonly TimeSpan InFlight = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestHold = TimeSpan.FromDays(1);

    private readonly string _endpointKey;
    private readonly WindowKind[] _owned;
    private readonly List<(WindowKind Kind, RateLimitWindow Window)> _windows = []; // only ever grows: a call knows how many it took
    private long _calls;
    private DateTimeOffset _heldUntil;

    /// <param name="endpointKey">Method and route template.</param>
    /// <param name="published">The published windows, a first guess.</param>
    /// <param name="owned">The kinds that the owner has; X's word of others is not its own.</param>
    public WindowSet(string endpointKey, IReadOnlyList<PublishedWindow> published, WindowKind[] owned)
    {
        (_endpointKey, _owned) = (endpointKey, owned);
        foreach (var guess in published)
        {
            if (owned.Contains(guess.Kind))
                _windows.Add((guess.Kind, new(guess.Kind, guess.Limit)));
        }
    }

    /// <summary>
    /// The latest reset among the exhausted windows, or the end of the hold if that is later; null when one more call fits.
    /// </summary>
    /// <param name="now">The present instant.</param>
    /// <param name="keep">Share of every window that is to be left to others.</param>
    public DateTimeOffset? BlockedUntil(DateTimeOffset now, double keep)
    {
        DateTimeOffset? until = null;
        foreach (var (_, window) in _windows)
        {
            if (window.Room(now) > Kept(window, keep))
                continue;
            var resetAt = window.ResetAt ?? now + InFlight;
            if (until is null || resetAt > until)
                until = resetAt;
        }

        if (_heldUntil - now > LongestHold)
            _heldUntil = default; // the clock was set back since
        return now < _heldUntil && (until is null || until < _heldUntil) ? _heldUntil : until;
    }

    /// <summary>Takes a permit in every window; the caller has asked <see cref="BlockedUntil"/> in the same section.</summary>
    /// <returns>The call's number, and in how many windows it took a permit: one may be discovered while the call is away.</returns>
    public (long Call, int Taken) Reserve(DateTimeOffset now)
    {
        var call = ++_calls;
        foreach (var (_, window) in _windows)
            window.Reserve(call, now);
        return (call, _windows.Count);
    }

    /// <summary>
    /// The call was answered, or may have been: corrects every window by X's headers, or counts it where they are silent.
    /// </summary>
    public void Settle(long call, int taken, in RateLimitHeaders headers, DateTimeOffset now)
    {
        for (var i = 0; i < taken; i++)
            _windows[i].Window.Settle(call, headers[_windows[i].Kind], now);
        foreach (var kind in _owned)
        {
            // A window the published table does not list: X's headers are the first to tell of it, also to calls that were away then.
            if (headers[kind] is { } reading && IndexOf(kind) is var i && (i < 0 || i >= taken))
                FindOrAdd(kind, reading.Limit).Tell(call, reading, now);
        }
    }

    /// <summary>X provably never saw the call: the permits come back.</summary>
    public void Release(int taken)
    {
        for (var i = 0; i < taken; i++)
            _windows[i].Window.Release();
    }

    /// <summary>Holds the endpoint back, unless a window that is exhausted does so already.</summary>
    public void Hold(DateTimeOffset until, DateTimeOffset now)
    {
        // Beside the windows and not in one: what X did not name must neither be made up nor outlast the hold.
        if (_windows.TrueForAll(w => w.Window.HasRoom(now)) && _heldUntil < until)
            _heldUntil = until;
    }

    /// <summary>What there is for calls to come.</summary>
    /// <param name="now">The present instant.</param>
    /// <param name="keep">Share of every window that is not for them.</param>
    public WindowOutlook Outlook(DateTimeOffset now, double keep)
    {
        var (left, opensAt, narrowest) = (
            now < _heldUntil ? 0 : long.MaxValue,
            now < _heldUntil ? _heldUntil : now,
            (Limit: long.MaxValue, Length: TimeSpan.Zero)
        );
        foreach (var (kind, window) in _windows)
        {
            var room = Math.Max(0, window.Room(now) - Kept(window, keep));
            var resetAt = window.ResetAt ?? now + (room == 0 ? InFlight : kind.Length());
            if (room < left || (room == 0 && resetAt > opensAt))
                (left, opensAt) = (room, resetAt);
            if (window.Limit < narrowest.Limit)
                narrowest = (Math.Max(1, window.Limit - Kept(window, keep)), kind.Length());
        }

        return new(left, opensAt, narrowest.Limit, narrowest.Length);
    }

    /// <summary>
    /// The window with the fewest calls, as its owner's clients share it; null when none is known. Not one of 1 s, which is too short to
    /// share.
    /// </summary>
    public (long Limit, DateTimeOffset ResetAt)? Narrowest(DateTimeOffset now)
    {
        (WindowKind Kind, RateLimitWindow Window)? narrowest = null;
        foreach (var each in _windows)
        {
            if (each.Kind is not WindowKind.OneSecond && (narrowest is null || each.Window.Limit < narrowest.Value.Window.Limit))
                narrowest = each;
        }

        return narrowest is { } found ? (found.Window.Limit, found.Window.ResetAt ?? now + found.Kind.Length()) : null;
    }

    /// <summary>As <see cref="EndpointWindows.Spacing"/>.</summary>
    public TimeSpan? Spacing(TimeSpan atMost)
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

    public void AddSnapshots(List<WindowSnapshot> to, DateTimeOffset now)
    {
        foreach (var (kind, window) in _windows)
        {
            var snapshot = window.Snapshot(_endpointKey, now);
            to.Add(IsHeld(kind, now, snapshot.Remaining) ? snapshot with { Remaining = 0, ResetAt = _heldUntil } : snapshot);
        }
    }

    /// <summary>What X said last of each window.</summary>
    public void AddReadings(List<WindowSnapshot> to, DateTimeOffset now)
    {
        foreach (var (_, window) in _windows)
        {
            if (window.Reading(_endpointKey, now) is { } reading)
                to.Add(reading);
        }
    }

    public void AddForecasts(List<WindowForecast> to, DateTimeOffset now)
    {
        foreach (var (kind, window) in _windows)
        {
            var forecast = window.Forecast(_endpointKey, now);
            to.Add(
                IsHeld(kind, now, forecast.Remaining) ? forecast with { Remaining = 0, ResetAt = _heldUntil, ExhaustedAt = now } : forecast
            );
        }
    }

    /// <summary>A number of the windows worth storing of which little is left, and of the hold; zero while there is neither.</summary>
    public int Wear(DateTimeOffset now)
    {
        var wear = now < _heldUntil ? HashCode.Combine(_endpointKey, _heldUntil) : 0;
        foreach (var (kind, window) in _windows)
        {
            if (kind is not WindowKind.OneSecond)
                wear = unchecked(wear + window.Wear(HashCode.Combine(_endpointKey, kind), now));
        }

        return wear;
    }

    /// <summary>Takes over what a stored snapshot knew.</summary>
    public void Restore(WindowSnapshot snapshot) => FindOrAdd(snapshot.Kind, snapshot.Limit).Restore(snapshot);

    /// <summary>Takes over what another owner of the same window was told.</summary>
    public void Learn(WindowKind kind, WindowReading reading, DateTimeOffset now) => FindOrAdd(kind, reading.Limit).Learn(reading, now);

    // While the endpoint is held back beside its windows, the first of them shows it.
    private bool IsHeld(WindowKind kind, DateTimeOffset now, long remaining) => kind == _owned[0] && now < _heldUntil && remaining > 0;

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
}
