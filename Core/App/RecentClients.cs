using System.Collections.Concurrent;
using OrleansTwitterProxy.Core.RateLimits;

namespace OrleansTwitterProxy.Core.App;

/// <summary>
/// The clients that have made app-only calls within one window of 15 minutes: while there are several, they share the app's windows.
/// Thread-safe.
/// </summary>
internal sealed class RecentClients(TimeProvider timeProvider)
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> _seen = new(StringComparer.Ordinal);

    /// <summary>Notes a call of a client.</summary>
    /// <returns>Whether another client has called lately too.</returns>
    public bool IsShared(string clientId)
    {
        _seen[clientId] = timeProvider.GetUtcNow();
        return WouldBeShared(clientId);
    }

    /// <summary>The same without noting anything.</summary>
    public bool WouldBeShared(string clientId)
    {
        var now = timeProvider.GetUtcNow();
        var shared = false;
        foreach (var (id, at) in _seen)
        {
            if (now - at > WindowKind.FifteenMinutes.Length())
                _seen.TryRemove(new(id, at));
            else
                shared |= id != clientId;
        }

        return shared;
    }
}
