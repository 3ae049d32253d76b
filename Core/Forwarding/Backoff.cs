namespace OrleansTwitterProxy.Core.Forwarding;

/// <summary>
/// Exponential backoff: the delays between attempts at one thing, each twice the one before, up to a longest. Not thread-safe.
/// </summary>
public sealed class Backoff
{
    private readonly TimeSpan _first;
    private readonly TimeSpan _longest;
    private TimeSpan _next;

    /// <param name="first">The first delay.</param>
    /// <param name="longest">What delays grow to.</param>
    public Backoff(TimeSpan first, TimeSpan longest) => (_first, _longest, _next) = (first, longest, first);

    /// <summary>The delay before the next attempt.</summary>
    /// <param name="atLeast">What the other side asked for; it counts where it is longer.</param>
    public TimeSpan Next(TimeSpan? atLeast = null)
    {
        var delay = _next;
        _next = delay * 2 < _longest ? delay * 2 : _longest;
        return atLeast > delay ? atLeast.Value : delay;
    }

    /// <summary>An attempt has succeeded: the next delay is the first again.</summary>
    public void Reset() => _next = _first;
}
