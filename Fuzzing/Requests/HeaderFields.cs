using System.Globalization;
using System.Text;

namespace OrleansTwitterProxy.Fuzzing.Requests;

/// <summary>Every request header that the proxy, its framework or X reads, with values that mean something.</summary>
internal static class HeaderFields
{
    private static readonly (string Name, string[] Values)[] Known =
    [
        ("Accept", ["application/json", "*/*", "text/html", "text/event-stream", "application/json;q=2"]),
        ("Accept-Charset", ["utf-16"]),
        ("Accept-Encoding", ["gzip", "br", "identity;q=0", "deflate, gzip;q=1.0, *;q=0.5"]),
        ("Accept-Language", ["de", "en-US,en;q=0.5"]),
        ("Access-Control-Request-Headers", ["authorization, x-api-key", "*"]),
        ("Access-Control-Request-Method", ["POST", "PATCH", "*"]),
        ("Cache-Control", ["no-cache", "only-if-cached"]),
        ("Connection", ["X-Api-Key, Authorization", "Host", "upgrade", "keep-alive, Idempotency-Key", "Content-Length"]),
        ("Content-Encoding", ["gzip", "br", "identity", "compress, gzip"]),
        ("Content-Language", ["en"]),
        ("Content-MD5", ["AAAAAAAAAAAAAAAAAAAAAA=="]),
        ("Cookie", ["a=b", "session=1; session=2", "otps=1"]),
        ("Expect", ["100-continue", "200-ok"]),
        ("Forwarded", ["for=1.2.3.4;host=evil.example;proto=https", "for=\"[::1]\""]),
        ("From", ["a@example.com"]),
        ("Idempotency-Key", ["key-1", "\"key-2\"", "key-3, key-4"]),
        ("If-Match", ["*", "\"a\""]),
        ("If-Modified-Since", ["Tue, 01 Jan 2030 00:00:00 GMT"]),
        ("If-None-Match", ["*", "W/\"a\""]),
        ("If-Range", ["\"a\""]),
        ("Keep-Alive", ["timeout=5"]),
        ("Last-Event-ID", ["1", "0-0"]),
        ("Max-Forwards", ["0"]),
        ("Origin", ["null", "https://evil.example", "http://127.0.0.1", "http://localhost:8080"]),
        ("Prefer", ["wait=0", "wait=1", "respond-async", "wait=\"1\";a=b, wait=0", "handling=strict"]),
        ("Priority", ["u=0", "u=7, i", "u=9", "u=-1"]),
        ("Proxy-Authorization", ["Basic YTpi"]),
        ("Range", ["bytes=0-", "bytes=-1", "bytes=0-0,1-1,2-2", "items=0-1"]),
        ("Referer", ["https://evil.example/"]),
        ("Sec-Fetch-Mode", ["navigate", "cors", "no-cors"]),
        ("Sec-Fetch-Site", ["cross-site", "same-site", "same-origin", "none"]),
        ("TE", ["trailers, deflate"]),
        ("Trailer", ["Authorization", "Content-Length"]),
        ("Tus-Resumable", ["1.0.0", "0.2.2", "1.0.0, 1.0.0"]),
        ("Upgrade", ["h2c", "websocket", "TLS/1.0"]),
        ("Upgrade-Insecure-Requests", ["1"]),
        ("Upload-Checksum", ["sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "sha256 AAAA", "md5 AAAA", "sha1"]),
        ("Upload-Concat", ["partial", "final;/v1/media/a /v1/media/b"]),
        ("Upload-Defer-Length", ["1"]),
        ("Upload-Length", ["0", "1", "100", "5242880", "99999999999", "-1"]),
        (
            "Upload-Metadata",
            ["filetype aW1hZ2UvcG5n", "filetype dmlkZW8vbXA0,filename Li4vLi4vZXRjL3Bhc3N3ZA==,alt_text YQ==", "filetype", ","]
        ),
        ("Upload-Offset", ["0", "1", "100", "-1"]),
        ("User-Agent", ["curl/8", ""]),
        ("Via", ["1.1 evil"]),
        ("X-Forwarded-For", ["127.0.0.1", "1.2.3.4, 127.0.0.1", "[::1]:1"]),
        ("X-Forwarded-Host", ["evil.example"]),
        ("X-Forwarded-Prefix", ["/v1/ops"]),
        ("X-Forwarded-Proto", ["https", "gopher"]),
        ("X-Forwarded-Uri", ["/healthz/live"]),
        ("X_Forwarded_For", ["127.0.0.1"]),
        ("X-HTTP-Method-Override", ["PATCH", "DELETE", "HEAD", "TRACE"]),
        ("X-Original-URL", ["/v1/ops/circuit"]),
        ("X-Real-IP", ["127.0.0.1"]),
        ("X-Request-Id", ["a", "a b"]),
        ("X-Requested-With", ["XMLHttpRequest"]),
        ("baggage", ["a=b"]),
        ("traceparent", ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-00000000000000000000000000000000-0-00"]),
        ("tracestate", ["a=b,a=c"]),
    ];

    private static readonly string[] Rewritten =
    [
        "Sec-Fetch-Site",
        "Origin",
        "X-Forwarded-For",
        "Forwarded",
        "Via",
        "X-Real-IP",
        "X-Original-URL",
    ];

    /// <summary>Some of them, with their own values or with odd ones.</summary>
    /// <param name="random">Decides.</param>
    /// <param name="raw">Also with bytes that no client library sends.</param>
    public static IEnumerable<(string Name, string Value)> Some(Random random, bool raw)
    {
        for (var i = random.Next(5); i > 0; i--)
        {
            var (name, values) = random.OneOf(Known);
            // These have the public keys refused, and the request would come no further.
            if (random.Chance(0.5) && (Rewritten.Contains(name) || name.StartsWith("X-Forwarded", StringComparison.Ordinal)))
                continue;
            var value = random.Next(4) switch
            {
                0 => Odd.Text(random),
                1 => Odd.Mutated(random.OneOf(values), random),
                _ => random.OneOf(values),
            };
            yield return (random.Chance(0.03) ? name.ToUpperInvariant() : name, raw ? Odd.Wire(value) : Sendable(value));
            if (random.Chance(0.05))
                yield return (name, raw ? Odd.Wire(Odd.Text(random)) : Sendable(Odd.Text(random)));
        }

        if (random.Chance(0.01))
        {
            for (var i = random.Next(300); i > 0; i--)
                yield return (string.Create(CultureInfo.InvariantCulture, $"X-{i}"), new string('a', random.Next(300)));
        }

        if (raw && random.Chance(0.05))
            yield return (random.OneOf(["", " ", "a b", "\0", "a:", "X-Ä", "(", "Host "]), "a");
    }

    /// <summary>Credentials: right, wrong, altered by a byte, or none.</summary>
    public static IEnumerable<(string Name, string Value)> Credentials(Operation operation, Fixture fixture, Random random)
    {
        var asOperator = operation.IsForOperators || operation.Schemes.Count == 0;
        if (Credential(random, fixture.SessionToken, operation.Schemes.Contains("session") ? 0.8 : 0.3) is { } token)
        {
            var scheme = random.Chance(0.95) ? "Bearer" : random.OneOf(["bearer", "Basic", "Bearer ", "", "Digest", "Bearer,Bearer"]);
            yield return ("Authorization", $"{scheme} {token}");
        }
        else if (asOperator && random.Chance(0.3))
        {
            yield return ("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("a:" + fixture.AdminKey)));
        }

        if (Credential(random, fixture.ApiKey, operation.Schemes.Contains("client") ? 0.85 : 0.1) is { } key)
            yield return ("X-Api-Key", key);
        if (Credential(random, fixture.AdminKey, asOperator ? 0.8 : 0.05) is { } admin)
            yield return ("X-Admin-Key", admin);
    }

    private static string? Credential(Random random, string valid, double probability)
    {
        if (random.Chance(probability))
            return random.Chance(0.95) ? valid : $"{valid},{valid}";
        return random.Next(10) switch
        {
            0 => Sendable(Odd.Text(random)),
            1 or 2 => Odd.Mutated(valid, random),
            _ => null,
        };
    }

    // What a client library lets through.
    private static string Sendable(string text) => new([.. text.Where(c => c is >= ' ' and <= '~')]);
}
