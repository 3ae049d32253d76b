namespace OrleansTwitterProxy.Core.RateLimits;

/// <summary>
/// One window of one endpoint: what X said last, what is in flight since, and whether one more call fits. Not thread-safe: its owner
/// guards it. The published limit is only a first guess; the first header corrects it.
/// </summary>
public sealed class RateLimitWindow(WindowKind kind, long limit)
{
    /// <summary>Room for clocks that disagree. A reset further off than window and slack is garbled, and must not lock an endpoint for years.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(15);

    private long _remaining = limit;
    private long _reserved;
    private DateTimeOffset? _resetAt;
    private bool _stated; // by X, and not our guess

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
    public void Reserve(DateTimeOffset now)
    {
        Roll(now);
        _resetAt ??= now + kind.Length();
        _reserved++;
    }

    /// <summary>Gives the permit back: X never saw the call.</summary>
    public void Release() => _reserved--;

    /// <summary>The call was answered. Without a reading it is counted by ourselves.</summary>
    public void Settle(WindowReading? reading, DateTimeOffset now)
    {
        _reserved--;
        if (reading is { } stated && IsBelievable(stated, now)) Learn(stated, now);
        else if (_remaining > 0) _remaining--;
    }

    public WindowSnapshot Snapshot(string endpointKey, DateTimeOffset now)
    {
        Roll(now);
        return new(endpointKey, kind, Limit, Math.Max(0, _remaining - _reserved), _resetAt, _stated);
    }

    /// <summary>What X said last, for another owner of the same window: without our own reservations, which it would count on top of its own for ever.</summary>
    public WindowSnapshot? Reading(string endpointKey, DateTimeOffset now)
    {
        Roll(now);
        return _stated ? new(endpointKey, kind, Limit, _remaining, _resetAt, Stated: true) : null;
    }

    /// <summary>Takes over what a stored snapshot knew.</summary>
    public void Restore(WindowSnapshot snapshot)
    {
        if (snapshot.ResetAt is not { } resetAt) return;
        (Limit, _remaining, _resetAt, _stated) = (snapshot.Limit, snapshot.Remaining, resetAt, snapshot.Stated);
    }

    /// <summary>Takes over what X's headers say, unless they speak of a window that is over.</summary>
    public void Learn(WindowReading reading, DateTimeOffset now)
    {
        if (!IsBelievable(reading, now)) return;
        if (reading.ResetAt <= now && _resetAt > now) return; // a late answer of a window that is over
        if (_resetAt is { } known && reading.Limit == Limit && reading.ResetAt.ToUnixTimeSeconds() == known.ToUnixTimeSeconds())
        {
            // Answers arrive out of order: within one window the lowest remaining is the newest.
            (_remaining, _stated) = (Math.Min(_remaining, reading.Remaining), true);
            return;
        }

        (Limit, _remaining, _resetAt, _stated) = (reading.Limit, reading.Remaining, reading.ResetAt, true);
    }

    private bool IsBelievable(WindowReading reading, DateTimeOffset now) => reading.ResetAt - now <= kind.Length() + Slack;

    private void Roll(DateTimeOffset now)
    {
        if (_resetAt is null || now < _resetAt) return;
        // At least one: a limit of zero, garbled or meant, is asked about again in every window. Nothing else could correct it.
        (_remaining, _resetAt, _stated) = (Math.Max(1, Limit), null, false);
    }
}
