using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Forwarding;

/// <summary>
/// Whether a call that X failed on is sent once more, and when. One per process, for the budget is the process's. Thread-safe.
/// </summary>
public sealed class RetryPolicy(IOptions<RetryOptions> options, TimeProvider timeProvider)
{
    private readonly RetryOptions _options = options.Value;
    private readonly RetryBudget _budget = new(options.Value.BudgetShare, options.Value.BudgetPerSecond, timeProvider);

    /// <summary>A call has begun: it earns its share of the budget.</summary>
    public void Began() => _budget.Earn();

    /// <summary>Decides on one more try, and takes it out of the budget.</summary>
    /// <param name="result">How the last try ended.</param>
    /// <param name="isSafe">Whether asking again changes nothing at X.</param>
    /// <param name="made">Repetitions made already.</param>
    /// <param name="spent">What the tries and waits so far have taken.</param>
    /// <param name="deadline">What they may take altogether.</param>
    /// <param name="delay">How long to wait first.</param>
    public bool TryPlan(in UpstreamResult result, bool isSafe, int made, TimeSpan spent, TimeSpan deadline, out TimeSpan delay)
    {
        delay = default;
        if (made >= _options.MaxRetries || !FaultClassifier.MayRepeat(result.Fault, result.Status, isSafe))
            return false;
        if (RetryAfter.Of(result.Headers, timeProvider.GetUtcNow()) is { } stated && (delay = stated) > _options.MaxDelay)
            return false;
        var drawn = Bound(made) * Random.Shared.NextDouble(); // full jitter: callers that failed together come back apart
        if (drawn > delay)
            delay = drawn;
        // A try that has less than half of the time would fail for that alone.
        return spent + delay <= deadline / 2 && _budget.TrySpend();
    }

    private TimeSpan Bound(int made) =>
        _options.BaseDelay * (1 << made) is var bound && bound < _options.MaxDelay ? bound : _options.MaxDelay;
}
