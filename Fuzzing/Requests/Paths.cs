using System.Text;

namespace OrleansTwitterProxy.Fuzzing.Requests;

/// <summary>Request targets: a route's template filled in, well or badly.</summary>
internal static class Paths
{
    private static readonly string[] X =
    [
        "/2/users/me",
        "/2/users/{account}",
        "/2/users/{account}/tweets",
        "/2/users/{other}/tweets",
        "/2/users/{account}/likes",
        "/2/users/{account}/likes/{tweet}",
        "/2/users/{account}/bookmarks",
        "/2/users/{account}/following",
        "/2/users/{other}/following",
        "/2/users/{account}/timelines/reverse_chronological",
        "/2/users/by/username/alice",
        "/2/tweets",
        "/2/tweets/{tweet}",
        "/2/tweets/{othertweet}",
        "/2/tweets/search/recent",
        "/2/tweets/search/stream",
        "/2/tweets/search/stream/rules",
        "/2/media/upload",
        "/2/media/upload/initialize",
        "/2/media/upload/1/append",
        "/2/media/upload/1/finalize",
        "/2/media/metadata",
        "/2/oauth2/token",
        "/2/oauth2/revoke",
        "/2/dm_conversations/1/messages",
        "/2/openapi.json",
        "/2/%75sers/me",
        "/2//users/me",
        "/2/users/../users/me",
        "/2/users/me/",
        "/2/USERS/me",
        "/2/users/me;a=b",
        "/2/",
    ];

    private static readonly string[] QueryNames =
    [
        "state",
        "code",
        "error",
        "all",
        "dry_run",
        "query",
        "max_results",
        "pagination_token",
        "tweet.fields",
        "ids",
        "command",
        "media_id",
        "wait",
        "access_token",
        "api_key",
        "lang",
    ];

    /// <summary>A path of X's API.</summary>
    public static string AtX(Fixture fixture, Random random)
    {
        var path = random
            .OneOf(X)
            .Replace("{account}", fixture.AccountId, StringComparison.Ordinal)
            .Replace("{tweet}", fixture.TweetId, StringComparison.Ordinal)
            .Replace("{othertweet}", fixture.Other.TweetId, StringComparison.Ordinal)
            .Replace("{other}", fixture.Other.AccountId, StringComparison.Ordinal);
        return random.Chance(0.1) ? path + "/" + Escaped(Odd.Text(random)) : path;
    }

    /// <summary>A target for the route; one character is one byte.</summary>
    public static string Target(Route route, Operation operation, Fixture fixture, Random random, bool raw)
    {
        if (random.Chance(0.02))
            return Odd.Wire(Odd.Text(random));
        var path = new StringBuilder(random.Chance(0.01) ? fixture.Proxy.GetLeftPart(UriPartial.Authority) : "");
        if (route.Path.StartsWith("/2/{", StringComparison.Ordinal))
        {
            path.Append(AtX(fixture, random));
        }
        else
        {
            foreach (var segment in route.Path.TrimStart('/').Split('/'))
                path.Append(route.Path[0] == '*' ? "" : "/").Append(Segment(segment, route, operation, fixture, random, raw));
        }

        if (random.Chance(0.05))
            path.Append(random.OneOf(["/", "//", "/.", "/..", ";a", "%2f", "%00", "%", "\\", "?", "#a"]));
        var count = operation.Queries.Count > 0 ? random.Next(4) : random.Next(6) - 3;
        for (var i = 0; i < count; i++)
        {
            var name = operation.Queries.Count > 0 && random.Chance(0.7) ? random.OneOf(operation.Queries) : random.OneOf(QueryNames);
            var value = random.Chance(0.6) ? fixture.ValueOf(name) ?? Odd.Text(random) : Odd.Text(random);
            if (random.Chance(0.1))
                value = Odd.Mutated(value, random);
            path.Append(i == 0 ? '?' : '&').Append(name).Append('=').Append(raw && random.Chance(0.2) ? Odd.Wire(value) : Escaped(value));
        }

        return path.ToString();
    }

    private static string Segment(string segment, Route route, Operation operation, Fixture fixture, Random random, bool raw)
    {
        if (segment is not ['{', .. var inner, '}'])
            return random.Chance(0.02)
                ? random.OneOf([segment.ToUpperInvariant(), "%" + Convert.ToHexString([(byte)'v']) + segment])
                : segment;
        var name = inner.TrimStart('*').Split(':')[0];
        var value = random.Next(10) switch
        {
            < 5 => Known(name, route, operation, fixture),
            5 => operation.IsForOperators ? Odd.Text(random)
            : route.Path.StartsWith("/v1/media", StringComparison.Ordinal) ? fixture.Other.UploadId
            : fixture.Other.TweetId,
            6 => Odd.Mutated(Known(name, route, operation, fixture), random),
            _ => Odd.Text(random),
        };
        return raw && random.Chance(0.15) ? Odd.Wire(value) : Escaped(value);
    }

    private static string Known(string name, Route route, Operation operation, Fixture fixture) =>
        route.Path.StartsWith("/v1/media", StringComparison.Ordinal) ? fixture.UploadId
        : route.Path.StartsWith("/v1/tweets", StringComparison.Ordinal) ? fixture.TweetId
        : fixture.ValueOf(name, operation.IsForOperators) ?? fixture.TweetId;

    // Uri.EscapeDataString refuses no lone surrogate: it writes the replacement character.
    private static string Escaped(string value) => Uri.EscapeDataString(value.Length > 1_000 ? value[..1_000] : value);
}
