using OrleansTwitterProxy.Core.RateLimits;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>One endpoint of X: its key, required scopes, and initial windows.</summary>
/// <param name="Key">Method and route template, such as <c>GET /2/users/{id}/tweets</c>.</param>
/// <param name="Family">The endpoint family, which shares a circuit and a client's permission: <c>tweets</c>, <c>timelines</c>,
/// <c>media</c>...</param>
/// <param name="Scopes">The OAuth scopes that X requires; empty for an endpoint that the catalogue does not have.</param>
/// <param name="FirstGuess">The published windows, used until X's headers correct them.</param>
public sealed record Endpoint(string Key, string Family, IReadOnlyList<string> Scopes, IReadOnlyList<PublishedWindow> FirstGuess)
{
    /// <summary>The HTTP method, upper case.</summary>
    public string Method { get; } = Key[..Key.IndexOf(' ', StringComparison.Ordinal)];

    /// <summary>For an endpoint that the proxy does not forward: the reason, in a sentence for the caller.</summary>
    public string? NotForwarded { get; init; }

    /// <summary>
    /// For a path that has a word of X's in another spelling, such as <c>/LIKES</c>: what to write instead, in a sentence for the caller.
    /// X does not document whether it would take the one for the other, so such a path is not sent.
    /// </summary>
    public string? Misspelt { get; init; }

    /// <summary>Whether the method is safe (RFC 9110 section 9.2.1): repeating it changes nothing at X.</summary>
    public bool IsSafe { get; } = Key.StartsWith("GET ", StringComparison.Ordinal) || Key.StartsWith("HEAD ", StringComparison.Ordinal);
}

/// <summary>A window as X publishes it.</summary>
public readonly record struct PublishedWindow(WindowKind Kind, long Limit);
