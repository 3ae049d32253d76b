using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Forwarding;

public sealed class TransparentResponseTests(SharedRecordedProxy shared) : IClassFixture<SharedRecordedProxy>, IAsyncLifetime
{
    private RecordedProxy _proxy = null!;

    public static TheoryData<FaultVariant> Variants { get; } =
    [.. Enum.GetValues<FaultVariant>().Where(variant => variant < FaultVariant.TokenInvalid).Except([FaultVariant.Redirect])];

    public async Task InitializeAsync() => _proxy = await shared.FreshAccountAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task Every_error_of_X_passes_unchanged(FaultVariant variant)
    {
        _proxy.Sandbox.Faults.Add(new() { Endpoint = "GET /2/users/*", Variant = variant });
        using var direct = await _proxy.Proxy.Http.GetAsync(new Uri(_proxy.Sandbox.BaseAddress, "/2/users/me"));

        using var proxied = await _proxy.Alice.Http.GetAsync("/2/users/me");

        Assert.Equal(direct.StatusCode, proxied.StatusCode);
        Assert.Equal(direct.Content.Headers.ContentType?.ToString(), proxied.Content.Headers.ContentType?.ToString());
        var expected = await direct.Content.ReadAsByteArrayAsync();
        // Asked without a token the sandbox names its client where it would name the account.
        if (variant is FaultVariant.CreditsDepleted)
            expected = Encoding.UTF8.GetBytes(
                Encoding.UTF8.GetString(expected).Replace("sandbox-client", _proxy.Alice.AccountId, StringComparison.Ordinal)
            );
        Assert.Equal(Encoding.UTF8.GetString(expected), await proxied.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_success_passes_byte_for_byte_with_its_status()
    {
        var bytes = RandomNumberGenerator.GetBytes(200_000);
        AnswerWith(299, bytes, ("Content-Type", "application/x-unheard-of"));

        var answer = await AskAsync();

        Assert.Equal((299, "application/x-unheard-of"), (answer.Status, answer.Headers["Content-Type"]));
        Assert.Equal(bytes, answer.Body);
    }

    [Fact]
    public async Task A_compressed_answer_stays_compressed()
    {
        var plain = await ProxyHost.ReadAsync(await _proxy.Alice.Http.GetAsync("/2/users/me"));

        var answer = await AskAsync("Accept-Encoding: gzip");

        Assert.Equal("gzip", answer.Headers["Content-Encoding"]);
        await using var unpacked = new GZipStream(new MemoryStream(answer.Body), CompressionMode.Decompress);
        using var reader = new StreamReader(unpacked);
        Assert.Equal(plain.GetRawText(), await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task An_answer_in_chunks_passes_whole()
    {
        _proxy.X.Answer = async context =>
        {
            for (var i = 0; i < 100; i++)
            {
                await context.Response.WriteAsync($"part {i};");
                await context.Response.Body.FlushAsync();
            }
        };

        var answer = await AskAsync();

        Assert.Equal(string.Concat(Enumerable.Range(0, 100).Select(i => $"part {i};")), answer.Text);
        Assert.False(answer.Headers.ContainsKey("Transfer-Encoding"));
    }

    [Fact]
    public async Task Headers_of_X_pass_by_name_and_its_cookies_never()
    {
        AnswerWith(
            200,
            "{}"u8.ToArray(),
            ("Content-Type", "application/json"),
            ("Set-Cookie", "guest_id=1"),
            ("Server", "cloudflare envoy"),
            ("cf-ray", "1"),
            ("Strict-Transport-Security", "max-age=1"),
            ("Access-Control-Allow-Origin", "*"),
            ("WWW-Authenticate", "Bearer"),
            ("Location", "https://x.com/"),
            ("x-transaction-id", "abc"),
            ("x-access-level", "read-write"),
            ("x-response-time", "7"),
            ("api-version", "2.167"),
            ("Retry-After", "9"),
            ("x-rate-limit-limit", "900"),
            ("x-rate-limit-remaining", "899"),
            ("x-rate-limit-reset", "4102444800"),
            ("Content-Disposition", "attachment; filename=json.json")
        );

        var answer = await AskAsync();

        Assert.Equal(
            [
                "Content-Disposition",
                "Content-Length",
                "Content-Type",
                "Retry-After",
                "api-version",
                "x-access-level",
                "x-rate-limit-limit",
                "x-rate-limit-remaining",
                "x-rate-limit-reset",
                "x-response-time",
                "x-transaction-id",
            ],
            answer
                .Headers.Keys.Except(["Date", "Connection", "RateLimit", "RateLimit-Policy", "Server-Timing"])
                .Except(["Cache-Control", "Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options", "X-Request-Id"]) // the proxy's own
                .Order(StringComparer.Ordinal)
        );
        Assert.Equal(
            ("abc", "899", "9"),
            (answer.Headers["x-transaction-id"], answer.Headers["x-rate-limit-remaining"], answer.Headers["Retry-After"])
        );
    }

    [Fact]
    public async Task The_sandboxs_cookies_do_not_pass_either()
    {
        using var direct = await _proxy.Proxy.Http.GetAsync(new Uri(_proxy.Sandbox.BaseAddress, "/2/users/me"));
        using var proxied = await _proxy.Alice.Http.GetAsync("/2/users/me");

        Assert.True(direct.Headers.Contains("Set-Cookie"));
        Assert.False(proxied.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task A_header_of_X_beyond_ascii_passes()
    {
        AnswerWith(200, "{}"u8.ToArray(), ("Content-Disposition", "attachment; filename=é.json"));

        var answer = await AskAsync();

        Assert.Equal((200, "attachment; filename=é.json"), (answer.Status, answer.Headers["Content-Disposition"]));
    }

    [Fact]
    public async Task A_redirect_is_not_followed_and_names_the_setting_that_is_wrong()
    {
        AnswerWith(302, [], ("Location", _proxy.Sandbox.BaseAddress + "2/users/me"));

        using var answer = await _proxy.Alice.Http.GetAsync("/2/users/me");

        var refusal = await Refusal.ExpectAsync(answer, 500, "proxy_misconfigured");
        Assert.Contains("Twitter:ApiBaseUrl answers with a redirect (302)", refusal.Detail, StringComparison.Ordinal);
        Assert.Null(answer.Headers.Location);
        Assert.Single(_proxy.X.Calls);
    }

    [Fact]
    public async Task An_answer_without_content_stays_without()
    {
        AnswerWith(204, []);

        var answer = await AskAsync();

        Assert.Equal(204, answer.Status);
        Assert.Empty(answer.Body);
        Assert.False(answer.Headers.ContainsKey("Content-Type"));
    }

    [Fact]
    public async Task A_path_X_does_not_know_gives_Xs_own_empty_404()
    {
        using var response = await _proxy.Alice.Http.GetAsync("/2/never/heard/of/123?a=b");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        Assert.Null(response.Content.Headers.ContentType);
        Assert.Equal("/2/never/heard/of/123?a=b", Assert.Single(_proxy.X.Calls).Target);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(503)]
    public async Task The_answer_to_head_keeps_Xs_status_and_gains_no_body(int status)
    {
        AnswerWith(status, []);
        using var request = _proxy.Request(HttpMethod.Head, "/2/tweets/1");

        using var response = await _proxy.Proxy.Http.SendAsync(request);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Null(response.Content.Headers.ContentType);
    }

    [Fact]
    public async Task The_proxy_says_where_the_time_went()
    {
        using var response = await _proxy.Alice.Http.GetAsync("/2/users/me");

        Assert.Matches(
            @"^queue;dur=0\.0, refresh;dur=[0-9.]+, circuit;dur=[0-9.]+, x;dur=[0-9]+\.[0-9], proxy;dur=[0-9]+\.[0-9]$",
            Assert.Single(response.Headers.GetValues("Server-Timing"))
        );
    }

    private Task<RawResponse> AskAsync(params string[] headers) =>
        RawConnection.AskAsync(_proxy.Proxy.Url, "GET /2/users/me", _proxy.Alice.Token, headers);

    private void AnswerWith(int status, byte[] body, params (string Name, string Value)[] headers) =>
        _proxy.X.Answer = async context =>
        {
            context.Response.StatusCode = status;
            foreach (var (name, value) in headers)
                context.Response.Headers.Append(name, value);
            if (status is not 204)
                context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body);
        };
}
