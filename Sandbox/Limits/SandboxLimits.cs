using System.Collections.Concurrent;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>X's rate windows: per account and endpoint for 15 minutes and 24 hours, and per app for 24 hours.</summary>
public sealed class SandboxLimits
{
    private readonly ConcurrentDictionary<string, EndpointWindows> _endpoints = new();
    private readonly TimeProvider _clock;

    internal SandboxLimits(TimeProvider clock, bool enforced)
    {
        _clock = clock;
        Enforced = enforced;
    }

    /// <summary>Whether an exhausted window leads to 429. Initially <see cref="SandboxOptions.EnforceLimits"/>.</summary>
    public bool Enforced { get; set; }

    /// <summary>Whether responses have the three groups of rate headers; X sometimes omits them.</summary>
    public bool SendHeaders { get; set; } = true;

    /// <summary>Whether a 429 has the old body <c>{"errors":[{"code":88}]}</c> rather than the v2 one.</summary>
    public bool LegacyErrorBody { get; set; }

    /// <summary>Replaces the limits of the endpoints that match <paramref name="endpoint"/>, and resets their windows.</summary>
    /// <param name="endpoint">An endpoint key such as <c>POST /2/tweets</c>, or a pattern as in <see cref="Fault.Endpoint"/>.</param>
    /// <exception cref="ArgumentException">No endpoint matches.</exception>
    public void Set(string endpoint, EndpointLimits limits) => ForEach(endpoint, windows => windows.Replace(limits));

    /// <summary>Uses up the windows of <paramref name="account"/> at the endpoint, or the app's when it is null.</summary>
    /// <exception cref="ArgumentException">No endpoint matches.</exception>
    public void Exhaust(string endpoint, string? account) => ForEach(endpoint, windows => windows.Exhaust(account, Now));

    /// <summary>Resets all windows; changed limits stay.</summary>
    public void ResetWindows()
    {
        foreach (var windows in _endpoints.Values)
            windows.Reset();
    }

    /// <summary>Restores the published limits and resets all windows.</summary>
    public void Restore()
    {
        foreach (var windows in _endpoints.Values)
            windows.Restore();
    }

    private long Now => _clock.GetUtcNow().ToUnixTimeSeconds();

    internal void Register(string endpointKey, EndpointLimits limits) => _endpoints[endpointKey] = new EndpointWindows(limits);

    internal RateCharge Take(string endpointKey, string? account) => _endpoints[endpointKey].Take(account, Now, Enforced);

    private void ForEach(string endpoint, Action<EndpointWindows> action)
    {
        var pattern = new EndpointPattern(endpoint);
        var matching = _endpoints.Where(entry => pattern.MatchesKey(entry.Key)).ToList();
        if (matching.Count == 0)
            throw new ArgumentException($"No endpoint matches '{endpoint}'.", nameof(endpoint));
        foreach (var entry in matching)
            action(entry.Value);
    }
}
