using OrleansTwitterProxy.Core.RateLimits;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>One endpoint of X: its key, required scopes, and initial windows.</summary>
/// <param name="Key">Method and route template, such as <c>GET /2/users/{id}/tweets</c>.</param>
/// <param name="Family">The endpoint family, which shares a circuit and a client's permission: <c>tweets</c>, <c>timelines</c>,
/// <c>media</c>...</param>
/// <param name="Scopes">The OAuth scopes that X requires of a user's token; empty where none are known.</param>
/// <param name="FirstGuess">The published windows of calls with a user's token, used until X's headers correct them. The app's 24 hours are
/// among them, which calls of all users share.</param>
public sealed record Endpoint(string Key, string Family, IReadOnlyList<string> Scopes, IReadOnlyList<PublishedWindow> FirstGuess)
{
    /// <summary>The HTTP method, upper case.</summary>
    public string Method { get; } = Key[..Key.IndexOf(' ', StringComparison.Ordinal)];

    /// <summary>The route template: <c>/2/users/{id}/tweets</c>.</summary>
    public string Template { get; } = Key[(Key.IndexOf(' ', StringComparison.Ordinal) + 1)..];

    /// <summary>X's name for it (OpenAPI's operationId), as <c>getUsersPosts</c>; null for one that the catalogue does not have.</summary>
    public string? OperationId { get; init; }

    /// <summary>
    /// Whether a call goes to X although the account's token lacks a scope: only X's OpenAPI names the scopes, and it is not always right.
    /// </summary>
    public bool LeavesScopesToX { get; init; }

    /// <summary>Whose tokens X takes for it. Of an endpoint that the catalogue does not have, X decides.</summary>
    public Callers Callers { get; init; } = Callers.App | Callers.User;

    /// <summary>
    /// The published windows of calls with an app-only token, 15 minutes and 1 second: the app is then one caller, with windows of its own.
    /// Calls with users' tokens do not draw on them.
    /// </summary>
    public IReadOnlyList<PublishedWindow> AppOnlyWindows { get; init; } = [];

    /// <summary>Whether its response is a stream: lines without end, at most 20 s apart.</summary>
    public bool IsStream { get; init; }

    /// <summary>Whether X splits the stream by the query parameter <c>partition</c>, with a connection for each.</summary>
    public bool IsPartitioned { get; init; }

    /// <summary>
    /// The row of X's price list by which X bills a successful call, such as <c>read_post</c>, which counts each post of the response; null
    /// for one without a price.
    /// </summary>
    public string? CostClass { get; init; }

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

/// <summary>Whose tokens an endpoint of X takes. OAuth 1.0a, which the proxy does not use, is left out.</summary>
[Flags]
public enum Callers
{
    /// <summary>Nobody's.</summary>
    None = 0,

    /// <summary>The app's own: an app-only bearer token.</summary>
    App = 1,

    /// <summary>A user's: OAuth 2.0 with PKCE.</summary>
    User = 2,
}

/// <summary>A window as X publishes it.</summary>
public readonly record struct PublishedWindow(WindowKind Kind, long Limit);
