namespace OrleansTwitterProxy.Core.Forwarding;

/// <summary>
/// How many repetitions this process may still send: every call earns a share of one, and time a few. While X fails on everything, calls
/// are so repeated now and then and not each. Thread-safe.
/// </summary>
public sealed class RetryBudget
{
    /// <summary>What may be saved up of what calls have earned: an outage begins with no greater burst.</summary>
    public const double MaxSaved = 100;

    private readonly Lock _lock = new();
    private readonly double _share;
    private readonly double _perSecond;
    private readonly TimeProvider _timeProvider;
    private double _saved;
    private long _paidAt;

    public RetryBudget(double share, double perSecond, TimeProvider timeProvider)
    {
        (_share, _perSecond, _timeProvider) = (share, perSecond, timeProvider);
        (_saved, _paidAt) = (Floor, timeProvider.GetTimestamp());
    }

    /// <summary>A call has begun.</summary>
    public void Earn()
    {
        lock (_lock)
            _saved = Math.Min(_saved + _share, MaxSaved);
    }

    /// <summary>Takes one repetition, if there is one.</summary>
    public bool TrySpend()
    {
        lock (_lock)
        {
            var now = _timeProvider.GetTimestamp();
            // Time alone fills it no further than its own ten seconds; what calls have earned above that stays.
            if (_saved < Floor)
                _saved = Math.Min(_saved + (_perSecond * _timeProvider.GetElapsedTime(_paidAt, now).TotalSeconds), Floor);
            _paidAt = now;
            if (_saved < 1)
                return false;
            _saved--;
            return true;
        }
    }

    private double Floor => 10 * _perSecond;
}
