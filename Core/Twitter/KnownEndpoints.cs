using OrleansTwitterProxy.Core.RateLimits;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>
/// The table of X's endpoints: scopes from X's OpenAPI 2.167, windows from X's rate-limit page (pay-per-use, per user; 2026-08). X's
/// headers correct the windows.
/// </summary>
internal static class KnownEndpoints
{
    private const string TweetRead = "tweet.read";
    private const string UsersRead = "users.read";

    private static readonly string[] Read = [TweetRead, UsersRead];
    private static readonly string[] Write = ["tweet.write", TweetRead, UsersRead];
    private static readonly string[] Like = ["like.write", TweetRead, UsersRead];
    private static readonly string[] LikeRead = ["like.read", TweetRead, UsersRead];
    private static readonly string[] Follow = ["follows.write", TweetRead, UsersRead];
    private static readonly string[] FollowRead = ["follows.read", TweetRead, UsersRead];
    private static readonly string[] Bookmark = ["bookmark.write", TweetRead, UsersRead];
    private static readonly string[] BookmarkRead = ["bookmark.read", TweetRead, UsersRead];
    private static readonly string[] MediaWrite = ["media.write"];

    /// <summary>Families of endpoints that are not in the table.</summary>
    public static IReadOnlyList<string> FamiliesOfUnknown { get; } =
    ["tweets", "users", "media", "lists", "spaces", "dm_conversations", "dm_events", "communities"];

    public static IReadOnlyList<Endpoint> All { get; } =
    [
        new("POST /2/tweets", "tweets", Write, [Quarter(100), AppDay(10_000)]),
        new("GET /2/tweets", "tweets", Read, [Quarter(900)]),
        new("GET /2/tweets/{id}", "tweets", Read, [Quarter(900)]),
        new("DELETE /2/tweets/{id}", "tweets", Write, [Quarter(50)]),
        new("POST /2/users/{id}/retweets", "retweets", Write, [Quarter(50)]),
        new("DELETE /2/users/{id}/retweets/{source_tweet_id}", "retweets", Write, [Quarter(50)]),
        new("POST /2/users/{id}/likes", "likes", Like, [Quarter(50), Day(1_000)]),
        new("DELETE /2/users/{id}/likes/{tweet_id}", "likes", Like, [Quarter(50), Day(1_000)]),
        new("GET /2/users/{id}/liked_tweets", "likes", LikeRead, [Quarter(75)]),
        new("GET /2/users/{id}/tweets", "timelines", Read, [Quarter(900)]),
        new("GET /2/users/{id}/timelines/reverse_chronological", "timelines", Read, [Quarter(180)]),
        new("GET /2/users/{id}/mentions", "timelines", Read, [Quarter(300)]),
        new("GET /2/users/me", "users", Read, [Quarter(75)]),
        new("GET /2/users/{id}", "users", Read, [Quarter(900)]),
        new("GET /2/users", "users", Read, [Quarter(900)]),
        new("GET /2/users/by", "users", Read, [Quarter(900)]),
        new("GET /2/users/by/username/{username}", "users", Read, [Quarter(900)]),
        new("GET /2/tweets/search/recent", "search", Read, [Quarter(300)]),
        new("POST /2/users/{id}/following", "follows", Follow, [Quarter(50)]),
        new("DELETE /2/users/{source_user_id}/following/{target_user_id}", "follows", Follow, [Quarter(50)]),
        new("GET /2/users/{id}/following", "follows", FollowRead, [Quarter(300)]),
        new("GET /2/users/{id}/followers", "follows", FollowRead, [Quarter(300)]),
        new("GET /2/users/{id}/bookmarks", "bookmarks", BookmarkRead, [Quarter(180)]),
        new("POST /2/users/{id}/bookmarks", "bookmarks", Bookmark, [Quarter(50)]),
        new("DELETE /2/users/{id}/bookmarks/{tweet_id}", "bookmarks", Bookmark, [Quarter(50)]),
        new("GET /2/users/{id}/bookmarks/folders", "bookmarks", ["bookmark.read", UsersRead], [Quarter(50)]),
        new("POST /2/users/{id}/bookmarks/folders", "bookmarks", ["bookmark.write", UsersRead], [Quarter(50)]),
        new("POST /2/media/upload", "media", MediaWrite, [Quarter(500), AppDay(50_000)]),
        new("GET /2/media/upload", "media", MediaWrite, [Quarter(1_000), AppDay(100_000)]),
        new("POST /2/media/upload/initialize", "media", MediaWrite, [Quarter(1_875), AppDay(180_000)]),
        new("POST /2/media/upload/{id}/append", "media", MediaWrite, [Quarter(1_875), AppDay(180_000)]),
        new("POST /2/media/upload/{id}/finalize", "media", MediaWrite, [Quarter(1_875), AppDay(180_000)]),
        new("POST /2/media/metadata", "media", MediaWrite, [Quarter(500), AppDay(50_000)]),
        new("POST /2/media/subtitles", "media", MediaWrite, [Quarter(100), AppDay(10_000)]),
        new("DELETE /2/media/subtitles", "media", MediaWrite, [Quarter(100), AppDay(10_000)]),
    ];

    /// <summary>
    /// The family of an unknown path: its first noun if that is a known family, else <c>other</c>. This keeps the number of families small.
    /// </summary>
    public static string FamilyOfUnknown(string noun) => FamiliesOfUnknown.Contains(noun) ? noun : "other";

    /// <summary>The words by which <see cref="WhyNotForwarded"/> tells paths.</summary>
    public static IReadOnlyList<string> WordsNotForwarded { get; } = ["oauth2", "stream", "connections"];

    /// <summary>
    /// Paths under /2/ that the proxy does not forward, and why; by words in lower case.
    /// </summary>
    public static string? WhyNotForwarded(ReadOnlySpan<string> segments) =>
        segments switch
        {
            [_, "oauth2", ..] => "The proxy owns the OAuth tokens: sign in with POST /v1/auth/authorize, sign out with DELETE /v1/session.",
            [_, _, "stream", ..] or [_, _, _, "stream", ..] =>
                "X serves its streams to app-only tokens, and the proxy holds users' tokens only.",
            [_, "connections", ..] => "X serves connections to app-only tokens, and the proxy holds users' tokens only.",
            _ => null,
        };

    private static PublishedWindow Quarter(long limit) => new(WindowKind.FifteenMinutes, limit);

    private static PublishedWindow Day(long limit) => new(WindowKind.AccountDay, limit);

    private static PublishedWindow AppDay(long limit) => new(WindowKind.AppDay, limit);
}
