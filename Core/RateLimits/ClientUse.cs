namespace OrleansTwitterProxy.Core.RateLimits;

/// <summary>
/// How many calls of the present window each client of an account has made: kept while several clients share the account. Not thread-safe.
/// </summary>
internal sealed class ClientUse
{
    private readonly Dictionary<string, long> _calls = new(StringComparer.Ordinal);
    private DateTimeOffset _until;

    public long Of(string clientId, DateTimeOffset now) => now < _until ? _calls.GetValueOrDefault(clientId) : 0;

    /// <summary>Counts a call that has been let through.</summary>
    /// <param name="clientId">Its client.</param>
    /// <param name="resetAt">When the window it was counted in ends; it is not corrected later.</param>
    /// <param name="now">The present instant, by the same clock.</param>
    public void Count(string clientId, DateTimeOffset resetAt, DateTimeOffset now)
    {
        if (now >= _until)
        {
            _calls.Clear();
            _until = resetAt;
        }

        _calls[clientId] = _calls.GetValueOrDefault(clientId) + 1;
    }
}
