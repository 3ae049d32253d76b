using System.Collections.Frozen;

namespace OrleansTwitterProxy.Core.SignIn;

/// <summary>X's OAuth scopes. Source: the union of X's docs and OpenAPI 2.167.</summary>
public static class Scopes
{
    /// <summary>The scopes for a client that names none: all that the proxy's own routes need.</summary>
    public static IReadOnlyList<string> Default { get; } =
    [
        "tweet.read",
        "tweet.write",
        "users.read",
        "like.read",
        "like.write",
        "follows.read",
        "follows.write",
        "bookmark.read",
        "bookmark.write",
        "media.write",
        "offline.access",
    ];

    /// <summary>The proxy needs these to identify the account.</summary>
    public static IReadOnlyList<string> Required { get; } = ["tweet.read", "users.read"];

    private static readonly FrozenSet<string> Known = new[]
    {
        "tweet.read",
        "tweet.write",
        "tweet.moderate.write",
        "users.read",
        "users.email",
        "follows.read",
        "follows.write",
        "offline.access",
        "space.read",
        "mute.read",
        "mute.write",
        "like.read",
        "like.write",
        "list.read",
        "list.write",
        "block.read",
        "block.write",
        "bookmark.read",
        "bookmark.write",
        "dm.read",
        "dm.write",
        "media.write",
        "broadcast.read",
        "broadcast.write",
        "timeline.read",
    }.ToFrozenSet(StringComparer.Ordinal);

    public static bool IsKnown(string scope) => Known.Contains(scope);
}
