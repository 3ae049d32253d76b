namespace OrleansTwitterProxy.Core.RateLimits;

/// <summary>
/// One window of one endpoint: what X said last, what is in flight since, and whether one more call fits. All instants are X's clock's. Not
/// thread-safe: its owner guards it. The published limit is only a first guess; the first header corrects it.
/// <para>
/// Answers arrive out of order, so calls are numbered: one that left after the present window was known tells of it or of a later one, and
/// one that left after all that is known was known tells the newest; any other may only lower what is left. What makes no sense by our
/// clock is counted as an answer without headers is.
/// </para>
/// </summary>
/// <param name="kind">Which of X's windows.</param>
/// <param name="limit">Calls per window, as published.</param>
/// <param name="latest">The newest call that has left before this window was heard of.</param>
public sealed class RateLimitWindow(WindowKind kind, long limit, long latest = 0)
{
    /// <summary>
    /// Room for clocks that disagree. A reset further off than window and slack is garbled, and must not lock an endpoint for years.
    /// </summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(15);

    /// <summary>X may work out the reset anew for every answer, and round: so near to each other, two are one.</summary>
    private static readonly TimeSpan Rounding = TimeSpan.FromSeconds(5);

    /// <summary>More than a call is away as a rule: a first answer that comes later yet tells no more of when X's window began.</summary>
    private static readonly TimeSpan LongestCall = TimeSpan.FromMinutes(1);

    private long _remaining = limit;
    private long _reserved;
    private DateTimeOffset? _resetAt;
    private bool _stated; // by X, and not our guess
    private bool _counted; // an answer without headers, since the window was guessed
    private long _latest = latest;
    private long _known = latest; // calls up to this one left before all that is known was known
    private long _begun = latest; // calls up to this one left before the present window, or its limit, was known
    private SpendRate _rate = new(kind.RateMemory());

    public long Limit { get; private set; } = limit;

    /// <summary>When the present window ends; null before its first call.</summary>
    public DateTimeOffset? ResetAt => _resetAt;

    /// <summary>Whether one more call fits. Calls in flight count as spent, for X may have counted them already.</summary>
    public bool HasRoom(DateTimeOffset now) => Room(now) > 0;

    /// <summary>How many more calls fit; negative when X has left less than is in flight.</summary>
    public long Room(DateTimeOffset now)
    {
        Roll(now);
        return _remaining - _reserved;
    }

    /// <summary>Takes one permit; the caller has asked <see cref="HasRoom"/> in the same section.</summary>
    /// <param name="call">The call's number: each is higher than the one before.</param>
    /// <param name="now">By X's clock.</param>
    public void Reserve(long call, DateTimeOffset now)
    {
        Roll(now);
        _resetAt ??= now + kind.Length();
        _reserved++;
        _latest = call;
    }

    /// <summary>Gives the permit back: X never saw the call.</summary>
    public void Release() => _reserved--;

    /// <summary>The call was answered, or may have been. Without a reading it is counted by ourselves.</summary>
    public void Settle(long call, WindowReading? reading, DateTimeOffset now)
    {
        _reserved--;
        Tell(call, reading, now);
    }

    /// <summary>A call that had left before the window was heard of, and took no permit in it, tells of it.</summary>
    public void Tell(long call, WindowReading? reading, DateTimeOffset now)
    {
        Roll(now);
        if (reading is not { } stated || !IsBelievable(stated, now))
            Count(now);
        else if (stated.ResetAt > now)
            Take(call, stated, now);
        else if (call > _begun)
            Count(now); // the clocks disagree: it left in the window that X says was over
    }

    /// <summary>
    /// Takes over what somebody else's call was told: when it left is not known, so it may lower what is left and begin a later window.
    /// </summary>
    public void Learn(WindowReading reading, DateTimeOffset now)
    {
        Roll(now);
        if (!IsBelievable(reading, now) || reading.ResetAt <= now)
            return;
        if (!_stated || reading.ResetAt > _resetAt + Rounding || (IsPresent(reading) && reading.Limit == Limit))
            Take(call: 0, reading, now);
    }

    public WindowSnapshot Snapshot(string endpointKey, DateTimeOffset now)
    {
        Roll(now);
        return new(endpointKey, kind, Limit, Math.Max(0, _remaining - _reserved), _resetAt, _stated);
    }

    /// <summary>
    /// What X said last, for another owner of the same window: without our own reservations, which it would count on top of its own for
    /// ever.
    /// </summary>
    public WindowSnapshot? Reading(string endpointKey, DateTimeOffset now)
    {
        Roll(now);
        return _stated ? new(endpointKey, kind, Limit, _remaining, _resetAt, Stated: true) : null;
    }

    /// <summary>The window with the rate at which it is used, and where that leads.</summary>
    public WindowForecast Forecast(string endpointKey, DateTimeOffset now)
    {
        Roll(now);
        var remaining = Math.Max(0, _remaining - _reserved);
        return new(
            endpointKey,
            kind,
            Limit,
            remaining,
            _resetAt,
            _stated,
            _rate.PerSecond(now) * 60,
            _rate.ExhaustedAt(remaining, _resetAt ?? now + kind.Length(), now)
        );
    }

    /// <summary>Zero while a quarter is left; else a number of this window, of its reset, and of whether anything is left.</summary>
    public int Wear(int name, DateTimeOffset now)
    {
        Roll(now);
        return _remaining > Limit / 4 ? 0 : HashCode.Combine(name, _resetAt, _remaining <= 0);
    }

    /// <summary>Takes over what a stored snapshot knew.</summary>
    public void Restore(WindowSnapshot snapshot)
    {
        if (snapshot.ResetAt is not { } resetAt)
            return;
        (Limit, _remaining, _resetAt, _stated, _counted) = (snapshot.Limit, snapshot.Remaining, resetAt, snapshot.Stated, true);
    }

    private void Take(long call, WindowReading reading, DateTimeOffset now)
    {
        var isPresent = IsPresent(reading);
        if (_stated && reading.ResetAt > _resetAt + Rounding)
        {
            Set(reading, reading.Remaining, now, begins: true);
        }
        else if (_stated && isPresent && reading.Limit == Limit)
        {
            Set(
                reading with
                {
                    ResetAt = reading.ResetAt > _resetAt ? reading.ResetAt : _resetAt!.Value,
                },
                call > _known ? reading.Remaining : Math.Min(_remaining, reading.Remaining),
                now,
                begins: false
            );
        }
        else if (_stated && call <= _begun)
        {
            Count(now); // of a window before, or of a limit before
        }
        else
        {
            // What was counted meanwhile is in a newest reading, and perhaps not in any other.
            var left = call > _known ? reading.Remaining : Math.Min(reading.Remaining, Math.Max(0, reading.Limit - (Limit - _remaining)));
            Set(reading, left, now, begins: true);
        }
    }

    private void Set(WindowReading reading, long remaining, DateTimeOffset now, bool begins)
    {
        var usedBefore = _stated && !IsPresent(reading) ? 0 : Limit - _remaining;
        var used = reading.Limit - remaining - usedBefore;
        if (_rate.IsUnknown && used > 1)
            _rate.AddSpread(used, reading.ResetAt - kind.Length(), now); // used before we looked
        else if (used > 0)
            _rate.Add(used, now);
        (Limit, _remaining, _resetAt, _stated, _known) = (reading.Limit, remaining, reading.ResetAt, true, _latest);
        if (begins)
            _begun = _latest;
    }

    private void Count(DateTimeOffset now)
    {
        // X's window began while the first call was away. While X has not told when, the end of that is taken.
        var latest = now + kind.Length();
        if (_resetAt is not { } guess)
            _resetAt = latest;
        else if (!_stated && !_counted)
            _resetAt = latest < guess + LongestCall ? latest : guess + LongestCall;
        (_counted, _known) = (true, _latest);
        if (_remaining <= 0)
            return;
        _remaining--;
        _rate.Add(1, now);
    }

    private bool IsPresent(WindowReading reading) => (reading.ResetAt - _resetAt)?.Duration() <= Rounding;

    private bool IsBelievable(WindowReading reading, DateTimeOffset now) =>
        reading.Remaining <= reading.Limit && IsBelievable(reading.ResetAt, now);

    private bool IsBelievable(DateTimeOffset resetAt, DateTimeOffset now) => resetAt - now <= kind.Length() + Slack;

    private void Roll(DateTimeOffset now)
    {
        // One that is beyond belief was believed once: the clock was set back since.
        if (_resetAt is not { } resetAt || (now < resetAt && IsBelievable(resetAt, now)))
            return;
        // At least one: a limit of zero, garbled or meant, is asked about again in every window. Nothing else could correct it.
        (_remaining, _resetAt, _stated, _counted) = (Math.Max(1, Limit), null, false, false);
        _known = _begun = _latest;
    }
}
