using System.Text;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Hosting;

/// <summary>What others' advisories are about, tried here. SECURITY.md lists them.</summary>
public sealed class AdvisoryTests(SharedRecordedProxy shared) : IClassFixture<SharedRecordedProxy>
{
    private readonly RecordedProxy _proxy = shared.Fresh();

    [Theory]
    [InlineData("Content-Length: 2\r\nContent-Length: 3", "{}x")]
    [InlineData("Transfer-Encoding: xchunked", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked, identity", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding : chunked", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked", "2;\n{}\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked", "2;\nxx\r\n45\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked", "2\n{}\n0\n\n")]
    [InlineData("A: b\r\n Content-Length: 2", "{}")]
    [InlineData("A: b\nContent-Length: 2", "{}")]
    public async Task A_request_that_two_servers_could_end_at_different_places_is_refused_and_nothing_after_it_is_read(
        string framing,
        string body
    )
    {
        var answer = await AskAsync(
            $"POST /2/tweets HTTP/1.1\r\n{Host}\r\nAuthorization: Bearer {_proxy.Alice.Token}\r\n{framing}\r\n\r\n{body}"
                + $"GET /healthz/live HTTP/1.1\r\n{Host}\r\n\r\n"
        );

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Single(answer.Split("HTTP/1.1 "), part => part.Length > 0);
        Assert.Empty(_proxy.X.Calls);
    }

    /// <summary>RFC 9112 section 6.1: it is read as chunked, and the connection ends.</summary>
    [Theory]
    [InlineData("1.1", "Content-Length: 4\r\nTransfer-Encoding: chunked")]
    [InlineData("1.0", "Transfer-Encoding: chunked")]
    public async Task A_request_with_an_end_that_old_servers_do_not_see_is_the_last_of_its_connection(string version, string framing)
    {
        var answer = await AskAsync(
            $"POST /2/tweets HTTP/{version}\r\n{Host}\r\nAuthorization: Bearer {_proxy.Alice.Token}\r\n{framing}\r\n\r\n0\r\n\r\n"
                + $"GET /healthz/live HTTP/1.1\r\n{Host}\r\n\r\n"
        );

        Assert.Single(answer.Split("HTTP/1.1 "), part => part.Length > 0);
    }

    [Theory]
    [InlineData("X-Forwarded-Uri: /healthz/live")]
    [InlineData("X-Original-URL: /healthz/live")]
    [InlineData("X-Rewrite-URL: /healthz/live")]
    [InlineData("X-Forwarded-Prefix: /healthz")]
    [InlineData("X-Forwarded-Method: OPTIONS")]
    [InlineData("X-HTTP-Method-Override: OPTIONS")]
    [InlineData("X-Forwarded-User: alice")]
    [InlineData("X-Auth-Request-User: alice")]
    [InlineData("X_Api_Key: dev-key")]
    [InlineData("X_Admin_Key: dev-admin")]
    public async Task No_header_stands_for_another_path_method_or_caller(string header)
    {
        foreach (var path in (string[])["/v1/session", "/v1/ops/circuit", "/2/users/me", "/v1/session?/healthz/live"])
        {
            var answer = await AskAsync($"GET {path} HTTP/1.1\r\n{Host}\r\n{header}\r\nConnection: close\r\n\r\n");

            Assert.StartsWith("HTTP/1.1 401", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_header_named_in_Connection_is_checked_all_the_same()
    {
        var answer = await AskAsync(
            $"GET /v1/session HTTP/1.1\r\n{Host}\r\nAuthorization: Bearer {_proxy.Alice.Token}\r\nOrigin: https://attacker.example\r\n"
                + "Connection: close, Origin\r\n\r\n"
        );

        Assert.StartsWith("HTTP/1.1 403", answer, StringComparison.Ordinal);
    }

    /// <summary>What X's edge would strip by Connection is not passed on in the first place.</summary>
    [Fact]
    public async Task A_caller_cannot_have_a_header_stripped_on_the_way_to_X()
    {
        await AskAsync(
            $"GET /2/users/me HTTP/1.1\r\n{Host}\r\nAuthorization: Bearer {_proxy.Alice.Token}\r\nConnection: close, Authorization, User-Agent\r\n\r\n"
        );

        var call = Assert.Single(_proxy.X.Calls);
        Assert.False(call.Headers.TryGetValue("Connection", out var connection), connection);
        Assert.Contains("Authorization", call.Headers.Keys);
    }

    [Fact]
    public async Task HTTP2_is_not_spoken_in_clear_text()
    {
        var answer = await AskAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0");

        Assert.StartsWith("\0\0\u0008\u0007", answer, StringComparison.Ordinal); // GOAWAY
        Assert.EndsWith("\u000d", answer, StringComparison.Ordinal); // HTTP_1_1_REQUIRED
    }

    [Theory]
    [InlineData("X-Forwarded-Host: attacker.example")]
    [InlineData("Forwarded: host=attacker.example;proto=http")]
    [InlineData("X-Forwarded-Proto: ftp")]
    public async Task The_URL_of_an_upload_names_no_host(string header)
    {
        var answer = await AskAsync(
            $"POST /v1/media HTTP/1.1\r\n{Host}\r\nAuthorization: Bearer {_proxy.Alice.Token}\r\n{header}\r\nTus-Resumable: 1.0.0\r\n"
                + "Upload-Length: 100\r\nUpload-Metadata: filetype aW1hZ2UvcG5n\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );

        Assert.StartsWith("HTTP/1.1 201", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nLocation: /v1/media/", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("image/png\r\nX-Injected: 1", 415)]
    [InlineData("image/png\nx", 415)]
    [InlineData("../../etc/passwd", 415)]
    public async Task A_value_in_the_metadata_of_an_upload_becomes_no_header_and_no_path(string mediaType, int status)
    {
        var answer = await AskAsync(
            $"POST /v1/media HTTP/1.1\r\n{Host}\r\nAuthorization: Bearer {_proxy.Alice.Token}\r\nTus-Resumable: 1.0.0\r\n"
                + $"Upload-Length: 100\r\nUpload-Metadata: filetype {Convert.ToBase64String(Encoding.UTF8.GetBytes(mediaType))}\r\n"
                + "Content-Length: 0\r\nConnection: close\r\n\r\n"
        );

        Assert.StartsWith($"HTTP/1.1 {status}", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("\nX-Injected", answer, StringComparison.Ordinal);
        Assert.Empty(_proxy.X.Calls);
    }

    [Theory]
    [InlineData("[", 100_000)]
    [InlineData("{\"text\":", 20_000)]
    [InlineData("{\"text\":\"a\",\"x\":[", 20_000)]
    public async Task JSON_that_is_nested_deeply_is_refused(string open, int depth)
    {
        var json = string.Concat(Enumerable.Repeat(open, depth));

        var answer = await AskAsync(
            $"POST /v1/tweets HTTP/1.1\r\n{Host}\r\nAuthorization: Bearer {_proxy.Alice.Token}\r\nContent-Type: application/json\r\n"
                + $"Content-Length: {json.Length}\r\nConnection: close\r\n\r\n{json}"
        );

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
    }

    private string Host => $"Host: {_proxy.Proxy.Url.Authority}";

    private async Task<string> AskAsync(string request)
    {
        using var connection = await RawConnection.OpenAsync(_proxy.Proxy.Url);
        await connection.SendAsync(Encoding.Latin1.GetBytes(request));
        return await connection.ReadToEndAsync();
    }
}
