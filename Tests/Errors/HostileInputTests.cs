using System.Net;
using System.Net.Http.Headers;
using System.Text;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Errors;

/// <summary>
/// Nothing that a client sends ends in a 500: what cannot be read is refused, in the one error format. <see cref="FuzzTests"/> looks for
/// more.
/// </summary>
public sealed class HostileInputTests(SharedProxy shared) : FreshAccountTest(shared), IClassFixture<SharedProxy>
{
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
    [InlineData("""{"text":"a","media":{"\ud800":1,"upload_ids":["x"]}}""")]
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
    [InlineData("{\"text\":\"\u00ff\"}")]
    [InlineData("{\"text\":\"a\",\"media\":\"\u00e2\"}")]
    [InlineData("{\"text\":\"a\",\"media\":{\"media_ids\":[\"\u00ff\"]}}")]
    [InlineData("{\"text\":\"a\",\"media\":{\"\u00ff\":1,\"upload_ids\":[\"x\"]}}")]
    [InlineData("{\"text\":\"a\",\"\u00ff\":1}")]
    public async Task JSON_whose_strings_are_not_UTF_8_is_refused(string latin1)
    {
        foreach (var path in new[] { "/v1/tweets", "/v1/tweets/1/replies" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path)
            {
                Content = Body(Encoding.Latin1.GetBytes(latin1), "application/json"),
            };

            await Refusal.ExpectAsync(await SendAsync(request), 400, "invalid_request");
        }

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
    [InlineData("POST", "/2/tweets", "ffffffffffffffff\r\n{}\r\n0\r\n\r\n")]
    [InlineData("POST", "/v1/tweets", "ffffffffffffffff\r\n{}\r\n0\r\n\r\n")]
    [InlineData("PATCH", "/v1/media/00000000000000000000000000000000", "ffffffffffffffff\r\n{}\r\n0\r\n\r\n")]
    [InlineData("POST", "/2/tweets", "2\r\n{}\r\n0\r\nA: \u0082\r\n\r\n")]
    [InlineData("POST", "/v1/tweets", "0\r\nA: \u0082\r\n\r\n")]
    [InlineData("POST", "/v1/tweets", "0\r\nA: \u0000\r\n\r\n")]
    [InlineData("POST", "/v1/tweets", "0\r\n\u0082: a\r\n\r\n")]
    [InlineData("PATCH", "/v1/media/00000000000000000000000000000000", "2\r\n{}\r\n0\r\nA: \u0082\r\n\r\n")]
    public async Task Chunks_that_cannot_be_read_are_refused_or_end_the_connection(string method, string path, string chunks)
    {
        using var connection = await RawConnection.OpenAsync(Proxy.Url);
        await connection.SendHeadAsync(
            $"{method} {path}",
            Alice.Token,
            "Content-Type: application/json",
            "Tus-Resumable: 1.0.0",
            "Transfer-Encoding: chunked"
        );
        await connection.SendAsync(Encoding.Latin1.GetBytes(chunks));

        Assert.DoesNotContain("internal_error", await connection.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dashboard?a=\u001b", 400)]
    [InlineData("/dashboard?\u007f", 400)]
    [InlineData("/v1/auth/callback?code=a&state=\u0001", 400)]
    [InlineData("/2/users/me?a=\u001b", 400)]
    [InlineData("/v1/\u0001", 400)]
    [InlineData("/?a=\u0008", 400)]
    [InlineData("/?a=%1b", 200)]
    public async Task A_target_with_a_bare_control_character_is_refused_on_every_route(string target, int status)
    {
        using var connection = await RawConnection.OpenAsync(Proxy.Url);
        await connection.SendHeadAsync($"GET {target}", Alice.Token, "X-Admin-Key: dev-admin");

        Assert.StartsWith($"HTTP/1.1 {status}", await connection.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"tweet_id":"\ud800"}""")]
    [InlineData("""{"\ud800":"1"}""")]
    public async Task The_stand_in_for_X_refuses_half_a_character_too(string json)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/2/users/{Alice.AccountId}/likes")
        {
            Content = Body(json, "application/json"),
        };

        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(request)).StatusCode);
    }

    [Theory]
    [InlineData("--other\r\nContent-Disposition: form-data; name=\"media\"\r\n\r\na\r\n--other--\r\n")]
    [InlineData("--x\r\nContent-Disposition: form-data; name=\"media\"\n\na\r\n--x--\r\n")]
    [InlineData("--x\r\nContent-Disposition: form-data; name=\"media\"\r\n\r\na")]
    [InlineData("")]
    public async Task The_stand_in_for_X_refuses_parts_that_it_cannot_read(string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/2/media/upload")
        {
            Content = Body(body, "multipart/form-data; boundary=x"),
        };

        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task A_line_that_ends_without_a_carriage_return_is_no_HTTP()
    {
        using var connection = await RawConnection.OpenAsync(Proxy.Url);
        await connection.SendAsync(Encoding.ASCII.GetBytes($"GET /healthz/live HTTP/1.1\nHost: {Proxy.Url.Authority}\n\n"));

        Assert.StartsWith("HTTP/1.1 400", await connection.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_API_description_has_one_name()
    {
        await Refusal.ExpectAsync(await Proxy.Http.GetAsync("/openapi/v2.json"), 404, "not_found");
    }

    private static ByteArrayContent Body(string text, string type) => Body(Encoding.UTF8.GetBytes(text), type);

    private static ByteArrayContent Body(byte[] bytes, string type)
    {
        var content = new ByteArrayContent(bytes);
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
