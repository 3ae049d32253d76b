using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Errors;

/// <summary>Nothing that a client sends ends in a 500: what cannot be read is refused, in the one error format.</summary>
public sealed class HostileInputTests(SharedProxy shared) : FreshAccountTest(shared), IClassFixture<SharedProxy>
{
    private const int Rounds = 1_500;

    // A stream, a sign-out, and what refuses every later call.
    private static readonly string[] EndsTheTest = ["/events", "/v1/session", "/isolate"];

    [Theory]
    [InlineData("POST", "/v1/auth/authorize")]
    [InlineData("POST", "/v1/auth/exchange")]
    [InlineData("POST", "/v1/tweets")]
    [InlineData("POST", "/v1/tweets/1/replies")]
    [InlineData("POST", "/v1/ops/circuit/isolate")]
    public async Task A_charset_that_nobody_knows_is_refused(string method, string path)
    {
        using var request = new HttpRequestMessage(new(method), path) { Content = Body("{}", "application/json; charset=foo") };

        await Refusal.ExpectAsync(await SendAsync(request), 415, "unsupported_media_type");
    }

    [Theory]
    [InlineData("%20")]
    [InlineData("%00")]
    [InlineData("%0D%0A")]
    [InlineData("a")]
    [InlineData("%F0%9F%98%80")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%20A")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D")]
    public async Task A_state_that_was_never_ours_is_refused_before_anything_is_looked_up(string state)
    {
        await Refusal.ExpectAsync(await Proxy.Http.GetAsync($"/v1/auth/callback?code=a&state={state}"), 400, "sign_in_unknown");
    }

    [Theory]
    [InlineData("""{"text":"a","text":"b"}""")]
    [InlineData("""{"text":"a","media":{"upload_ids":["x"],"upload_ids":["y"]}}""")]
    [InlineData("""{"text":"a","poll":{"options":["x"],"options":["y"]}}""")]
    [InlineData("""{"text":"\ud800"}""")]
    [InlineData("""{"text":"a","\ud800":1}""")]
    [InlineData("""{"text":"a","media":{"upload_ids":["\ud800"]}}""")]
    [InlineData("""[]""")]
    [InlineData("""{"text":1e999}""")]
    public async Task JSON_that_readers_differ_on_is_refused(string json)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/tweets") { Content = Body(json, "application/json") };

        var answer = await SendAsync(request);

        Assert.InRange((int)answer.StatusCode, 400, 499);
        Assert.Equal(0, X.Counters.Requests("POST /2/tweets"));
    }

    [Theory]
    [InlineData("na\u0001me YQ==")]
    [InlineData("\u0001 YQ==")]
    [InlineData("name\u007f YQ==")]
    public async Task A_name_in_the_metadata_of_an_upload_is_printable_ASCII(string pair)
    {
        using var request = TusClient.Request(HttpMethod.Post, "/v1/media", ("Upload-Length", "1000"));
        request.Headers.TryAddWithoutValidation("Upload-Metadata", $"filetype {Convert.ToBase64String("image/png"u8)},{pair}");

        await Refusal.ExpectAsync(await SendAsync(request), 400, "invalid_request");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Made_up_requests_to_every_route_are_answered_with_no_500(int seed)
    {
        X.Limits.Enforced = false;
        var random = new Random(seed);
        var routes = Proxy
            .Services.GetServices<EndpointDataSource>()
            .SelectMany(source => source.Endpoints)
            .OfType<RouteEndpoint>()
            .Where(route => route.RoutePattern.RawText is { } path && !EndsTheTest.Any(path.EndsWith))
            .ToList();
        Assert.True(routes.Count > 20, "the routes were not found");
        for (var round = 0; round < Rounds; round++)
        {
            var route = routes[random.Next(routes.Count)];
            using var request = Make(route, random);
            var said = $"seed {seed}, round {round}: {request.Method} {request.RequestUri}";
            using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));

            using var answer = await SendAsync(request, timeout.Token);

            Assert.True((int)answer.StatusCode != 500, $"{said}: {await answer.Content.ReadAsStringAsync(timeout.Token)}");
        }
    }

    private static HttpRequestMessage Make(RouteEndpoint route, Random random)
    {
        var methods = route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET", "POST", "DELETE"];
        var path = string.Join(
            '/',
            route.RoutePattern.PathSegments.Select(segment =>
                segment.Parts is [RoutePatternLiteralPart literal] ? literal.Content : Uri.EscapeDataString(Odd(random))
            )
        );
        var query =
            random.Next(2) == 0
                ? ""
                : $"?{Name(random)}={Uri.EscapeDataString(Odd(random))}&{Name(random)}={Uri.EscapeDataString(Odd(random))}";
        var method = methods[random.Next(methods.Count)];
        var request = new HttpRequestMessage(new(method), $"/{path}{query}");
        for (var i = random.Next(3); i > 0; i--)
            request.Headers.TryAddWithoutValidation(Headers[random.Next(Headers.Length)], Sendable(Odd(random)));
        if (method is not ("GET" or "HEAD") && random.Next(4) > 0)
            request.Content = Body(Json(random), Types[random.Next(Types.Length)]);
        return request;
    }

    private static readonly string[] Headers =
    [
        "Accept",
        "Content-Language",
        "Idempotency-Key",
        "If-Match",
        "Last-Event-ID",
        "Origin",
        "Prefer",
        "Priority",
        "Range",
        "Tus-Resumable",
        "Upload-Checksum",
        "Upload-Length",
        "Upload-Metadata",
        "Upload-Offset",
        "User-Agent",
        "X-Forwarded-For",
        "X-HTTP-Method-Override",
        "X-Request-Id",
        "traceparent",
    ];

    private static readonly string[] Types =
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/json; charset=utf-16",
        "application/json; charset=",
        "text/plain",
        "a",
        "application/offset+octet-stream",
        "multipart/form-data; boundary=x",
    ];

    private static readonly string[] Names =
    [
        "state",
        "code",
        "error",
        "all",
        "dry_run",
        "query",
        "max_results",
        "wait",
        "text",
        "scopes",
        "return_url",
        "handoff",
        "family",
    ];

    private static readonly string[] Oddities =
    [
        "",
        " ",
        "a",
        "0",
        "-1",
        "99999999999999999999",
        "1e999",
        "NaN",
        "null",
        "true",
        "[]",
        "%",
        "%00",
        "\0",
        "\u0001",
        "\u007f",
        "ä",
        "😀",
        "\ud83d",
        "..",
        "../..",
        "a/b",
        "a b",
        "a,b",
        "a;b",
        "a=b",
        "\"",
        "'",
        "<script>",
        "{account}",
        "wait=-1",
        "wait=99999999999",
        "u=9",
        "sha1 x",
        "2026-13-45T99:99:99Z",
        "bytes=-1-",
    ];

    private static string Name(Random random) => Names[random.Next(Names.Length)];

    private static string Odd(Random random) =>
        random.Next(12) switch
        {
            0 => new string('a', random.Next(5_000)),
            1 => string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ => (char)random.Next(0xD7FF))),
            2 => random.NextInt64().ToString(CultureInfo.InvariantCulture),
            _ => Oddities[random.Next(Oddities.Length)],
        };

    private static string Json(Random random, int depth = 0) =>
        random.Next(depth > 3 ? 4 : 8) switch
        {
            0 => Quoted(Odd(random)),
            1 => "\"\\ud800\"",
            2 => random.Next(2) == 0 ? "null" : "1e999",
            3 => random.NextDouble().ToString(CultureInfo.InvariantCulture),
            4 => "[" + string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Json(random, depth + 1))) + "]",
            5 => Odd(random), // no JSON at all
            _ => "{"
                + string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => $"\"{Name(random)}\":{Json(random, depth + 1)}"))
                + "}",
        };

    // What a client library lets through.
    private static string Sendable(string text) => new([.. text.Where(c => c is >= ' ' and <= '~' or '\t' or '\u0001')]);

    private static string Quoted(string text) => System.Text.Json.JsonSerializer.Serialize(text);

    private static ByteArrayContent Body(string text, string type)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        return content;
    }

    // With every credential, so that it gets as far as it can.
    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken = default)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Alice.Token);
        request.Headers.TryAddWithoutValidation("X-Api-Key", ProxyHost.ApiKey);
        request.Headers.TryAddWithoutValidation("X-Admin-Key", "dev-admin");
        return Proxy.Http.SendAsync(request, cancellationToken);
    }
}
