using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>How an account's last refresh ended, so that the next one does not only repeat it. Its user holds the lock.</summary>
internal sealed class RefreshHistory(TimeProvider timeProvider)
{
    private static readonly TimeSpan HoldAfterRefusal = TimeSpan.FromSeconds(5);

    private DateTimeOffset? _succeededAt;
    private (long Version, Rejection? Rejection, DateTimeOffset Until) _held;

    /// <summary>A refresh has ended.</summary>
    /// <param name="version">Of the pair that it was to replace.</param>
    /// <param name="rejection">Null when it succeeded.</param>
    public void Note(long version, Rejection? rejection)
    {
        var now = timeProvider.GetUtcNow();
        if (rejection is null)
            _succeededAt = now;
        _held = (version, rejection, now + (rejection?.RetryAfter ?? HoldAfterRefusal));
    }

    /// <summary>A refusal that another attempt right now would only repeat; of this pair, for a new sign-in has another.</summary>
    public Rejection? Held(long version)
    {
        var left = _held.Until - timeProvider.GetUtcNow();
        return _held.Rejection is { } rejection && _held.Version == version && left > TimeSpan.Zero
            ? rejection with
            {
                RetryAfter = rejection.RetryAfter is null ? null : left,
            }
            : null;
    }

    /// <summary>Whether a refresh has succeeded within this time.</summary>
    public bool SucceededWithin(TimeSpan time) => timeProvider.GetUtcNow() - _succeededAt is { Ticks: >= 0 } age && age < time;
}
