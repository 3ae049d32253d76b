using System.Globalization;
using System.Text;

namespace OrleansTwitterProxy.Fuzzing.Requests;

/// <summary>Makes request after request. One with the same seed and number is the same, but for the live values in it.</summary>
public sealed class RequestMaker(int seed, IReadOnlyList<Route> routes)
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    private static readonly string[] OddMethods = ["TRACE", "CONNECT", "QUERY", "get", "Post", "PRI", "G", "POST\0", "", "GET\t", "Ä"];

    private static readonly string[] Hosts =
    [
        "evil.example",
        "",
        "localhost",
        "a b",
        "[::1",
        ":1",
        "127.0.0.1:99999",
        "127.0.0.1@evil.example",
    ];

    private static readonly string[] Types =
    [
        "application/json; charset=utf-8",
        "application/json; charset=utf-16",
        "application/json; charset=foo",
        "application/json; charset=",
        "application/json;;;",
        "application/problem+json",
        "text/plain",
        "a",
        "",
        "application/x-www-form-urlencoded",
        "application/offset+octet-stream",
        "multipart/form-data",
        "multipart/form-data; boundary=\"\"",
    ];

    // Kestrel takes request lines up to 8 KiB, and up to 100 headers of 32 KiB together.
    private const int MostHeaders = 8_000;

    // Streams, sign-outs and operators' switches end or refuse what follows, so they are drawn more rarely.
    private readonly IReadOnlyList<Route> _drawn =
    [
        .. routes.SelectMany(route =>
            Enumerable.Repeat(
                route,
                IsDisruptive(route) ? 1
                    : route.Path[^1] == '}' ? 6
                    : 4
            )
        ),
    ];

    /// <summary>Random numbers for one purpose, given by a number.</summary>
    public static Random RandomFor(int seed, int number) => new(unchecked((seed * 486_187_739) + (number * 16_777_619) + 12_345));

    public MadeRequest Make(int number, Fixture fixture)
    {
        var random = RandomFor(seed, number);
        var route = random.OneOf(_drawn);
        var raw = random.Chance(0.4);
        var (method, operation) = MethodOf(route, random);
        if (raw && random.Chance(0.1))
            method = Odd.Wire(random.OneOf(OddMethods));
        var host = random.Chance(0.95) ? fixture.Proxy.Authority : Odd.Wire(random.OneOf(Hosts));
        List<(string Name, string Value)> headers =
        [
            ("Host", host),
            .. HeaderFields.Credentials(operation, fixture, random),
            .. HeaderFields.Some(random, raw),
        ];
        var target = Paths.Target(route, operation, fixture, random, raw);
        var body = BodyOf(route, method, operation, fixture, random, headers);
        if (random.Chance(0.7))
            headers.Add(("Connection", "close"));
        var framing =
            raw && random.Chance(0.5) ? Framing.Odd
            : random.Chance(0.15) ? Framing.Chunked
            : Framing.Length;
        var head = new StringBuilder()
            .Append(method)
            .Append(' ')
            .Append(raw || !target.AsSpan().ContainsAnyExceptInRange('!', '~') && target.Length > 0 ? target : "/")
            .Append(
                raw && random.Chance(0.05)
                    ? random.OneOf([" HTTP/1.0", " HTTP/2.0", " HTTP/9", "", " http/1.1", "  HTTP/1.1"])
                    : " HTTP/1.1"
            )
            .Append("\r\n");
        foreach (var (name, value) in headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}").Append(raw && random.Chance(0.01) ? "\n" : "\r\n");
        head.Append(framing.Frame(body, method, random));
        var bytes = Encoding.Latin1.GetBytes(head.ToString());
        return Deliver(
            new()
            {
                Number = number,
                Route = route,
                Method = method,
                Bytes = bytes,
                IsWhole = !raw,
                IsPlain = !raw && host == fixture.Proxy.Authority && IsPlain(target) && head.Length < MostHeaders,
                MayWait =
                    head.ToString().Contains("wait=", StringComparison.Ordinal)
                    || target.Contains("/events", StringComparison.OrdinalIgnoreCase),
            },
            fixture,
            random
        );
    }

    private static bool IsPlain(string target) =>
        target.StartsWith('/')
        && !target.AsSpan().ContainsAnyExceptInRange('!', '~')
        && target.Split('?')[0].IndexOf('%', StringComparison.Ordinal) < 0;

    private static bool IsDisruptive(Route route) =>
        route.Path is "/v1/session"
        || route.Path.EndsWith("/events", StringComparison.Ordinal)
        || route.Path.EndsWith("/isolate", StringComparison.Ordinal);

    private static (string Method, Operation Operation) MethodOf(Route route, Random random)
    {
        if (random.Chance(0.85))
        {
            var (documented, operation) = random.OneOf([.. route.Operations.OrderBy(pair => pair.Key, StringComparer.Ordinal)]);
            return (documented, operation);
        }

        var method = random.OneOf(Methods);
        return (
            method,
            route.Operations.GetValueOrDefault(method) ?? route.Operations.OrderBy(pair => pair.Key, StringComparer.Ordinal).First().Value
        );
    }

    private static string? BodyOf(
        Route route,
        string method,
        Operation operation,
        Fixture fixture,
        Random random,
        List<(string Name, string Value)> headers
    )
    {
        var uploads = route.Path.StartsWith("/v1/media", StringComparison.Ordinal);
        if (uploads && random.Chance(0.9))
            headers.Add(("Tus-Resumable", "1.0.0"));
        if (uploads && method is "POST" && random.Chance(0.7))
            headers.AddRange([("Upload-Length", random.OneOf(["1", "100", "70000"])), ("Upload-Metadata", "filetype aW1hZ2UvcG5n")]);
        if (uploads && method is "PATCH" && random.Chance(0.7))
            headers.Add(("Upload-Offset", random.OneOf(["0", "0", "10", "99"])));
        if (method is "GET" or "HEAD" or "OPTIONS" ? random.Chance(0.95) : random.Chance(0.1))
            return null;
        if (uploads && random.Chance(0.9))
        {
            headers.Add(("Content-Type", "application/offset+octet-stream"));
            return new string('\u0089', random.OneOf([0, 1, 10, 90, 100, 101, 70_000]));
        }

        if (route.Forwards && random.Chance(0.1))
        {
            var boundary = random.Chance(0.8) ? "x" : Odd.Wire(Odd.Text(random)).Replace("\r\n", "", StringComparison.Ordinal);
            headers.Add(("Content-Type", "multipart/form-data; boundary=x"));
            return Bodies.Multipart(boundary, random);
        }

        headers.Add(("Content-Type", random.Chance(0.85) ? "application/json" : random.OneOf(Types)));
        return Bodies.Json(operation, route, fixture, random);
    }

    private static MadeRequest Deliver(MadeRequest made, Fixture fixture, Random random)
    {
        switch (random.Next(20))
        {
            case 0:
                var cut = made.Bytes[..random.Next(made.Bytes.Length)];
                return made with
                {
                    Bytes = cut,
                    IsWhole = false,
                    IsPlain = false,
                    Ending = random.OneOf([Ending.HalfClose, Ending.Reset, Ending.Abandon]),
                };
            case 1:
                return made with { Ending = random.OneOf([Ending.HalfClose, Ending.Reset]), IsWhole = false, IsPlain = false };
            case 2 or 3:
                return made with { Pieces = random.Next(2, 8) };
            case 4:
                var next = Encoding.Latin1.GetBytes(
                    $"GET /healthz/live HTTP/1.1\r\nHost: {fixture.Proxy.Authority}\r\nConnection: close\r\n\r\n"
                );
                return made with { Bytes = [.. made.Bytes, .. made.Bytes, .. next], Count = 3, IsWhole = false, IsPlain = false };
            case 5:
                var flipped = made.Bytes.ToArray();
                flipped[random.Next(flipped.Length)] = (byte)random.Next(256);
                return made with { Bytes = flipped, IsWhole = false, IsPlain = false };
            default:
                return made;
        }
    }
}
