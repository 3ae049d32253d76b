using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.SignIn;

/// <summary>
/// A browser may open the callback twice: a double click, a reload, a page restored. It shows the second answer, so the second visit gets
/// what the first one got. Another visitor's does not (docs/decisions/0018). Thread-safe.
/// </summary>
internal sealed class DoubledVisits(TimeProvider timeProvider)
{
    private static readonly TimeSpan Repeatable = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private SignInCallback? _callback;
    private Task<SignInOutcome>? _outcome;
    private DateTimeOffset? _endedAt;

    /// <summary>The outcome of the same visit, under way or just ended; or of this one.</summary>
    public Task<SignInOutcome> RunAsync(SignInCallback callback, Func<Task<SignInOutcome>> complete)
    {
        lock (_lock)
        {
            if (_outcome is not null && _callback is not null && !IsOver)
                return callback.Visitor is not null && callback == _callback ? _outcome : complete();
            (_callback, _endedAt) = (callback, null);
            return _outcome = NoteEndAsync(complete());
        }
    }

    private bool IsOver => _endedAt is { } end && timeProvider.GetUtcNow() - end > Repeatable;

    private async Task<SignInOutcome> NoteEndAsync(Task<SignInOutcome> completion)
    {
        SignInOutcome? outcome = null;
        try
        {
            return outcome = await completion;
        }
        finally
        {
            lock (_lock)
            {
                _endedAt = timeProvider.GetUtcNow();
                // It failed, or nothing has happened yet: the next visit is looked at anew.
                if (outcome is null or { Rejection.Reason: RejectionReason.StorageUnavailable })
                    _callback = null;
            }
        }
    }
}
