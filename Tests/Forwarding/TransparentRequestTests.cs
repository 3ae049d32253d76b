using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Forwarding;

public sealed class TransparentRequestTests(SharedRecordedProxy shared) : IClassFixture<SharedRecordedProxy>, IAsyncLifetime
{
    private RecordedProxy _proxy = null!;

    public async Task InitializeAsync() => _proxy = await shared.FreshAccountAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("/2/users/me?user.fields=created_at%2Cname&expansions=pinned_tweet_id")]
    [InlineData("/2/tweets/search/recent?query=%23caf%C3%A9+OR+a%20b&max_results=10")]
    [InlineData("/2/tweets/search/recent?query=a%2Fb%5C&&empty=&=&ids=1&ids=2&v=%00%FF%0A")]
    [InlineData("/2/tweets/search/recent?query={account}&q='\"<>^`|[]!$()*,;:@/?~")]
    [InlineData("/2/tweets?ids=1,2,3")]
    public async Task Path_and_query_reach_X_exactly_as_they_were_sent(string target)
    {
        await RawConnection.AskAsync(_proxy.Proxy.Url, "GET " + target, _proxy.Alice.Token);

        Assert.Equal(target, Assert.Single(_proxy.X.Calls).Target);
    }

    [Theory]
    [InlineData("/2/tweets/", "/2/tweets")]
    [InlineData("/2/tweets?", "/2/tweets")]
    [InlineData("/2/tweets/?ids=1", "/2/tweets?ids=1")]
    [InlineData("/2/tweets/1%2c2%3A", "/2/tweets/1,2:")]
    [InlineData("/2/users/me?user%2efields=n%61me", "/2/users/me?user.fields=name")]
    [InlineData("/2/users/me?m%61x_results=5&q=a%2fb%2e", "/2/users/me?max_results=5&q=a%2Fb.")]
    public async Task Two_spellings_of_one_target_reach_X_as_one(string written, string sent)
    {
        await RawConnection.AskAsync(_proxy.Proxy.Url, "GET " + written, _proxy.Alice.Token);

        Assert.Equal(sent, Assert.Single(_proxy.X.Calls).Target);
    }

    [Theory]
    [InlineData("GET", "/v1/users/me")]
    [InlineData("GET", "/2/users/me")]
    [InlineData("POST", "/v1/tweets")]
    [InlineData("POST", "/2/tweets")]
    public async Task X_is_told_who_calls(string method, string target)
    {
        var own = $"OrleansTwitterProxy/{typeof(Core.Twitter.TwitterClient).Assembly.GetName().Version!.ToString(3)}";
        foreach (var sent in (string?[])["acme/1.0 (a b)", null])
        {
            using var request = _proxy.Request(
                HttpMethod.Parse(method),
                target,
                method is "POST" ? new StringContent($$"""{"text":"{{Guid.NewGuid()}}"}""", Encoding.UTF8, "application/json") : null
            );
            if (sent is not null)
                request.Headers.TryAddWithoutValidation("User-Agent", sent);
            using var response = await _proxy.Alice.Http.SendAsync(request);
            Assert.True(response.IsSuccessStatusCode);
        }

        Assert.Equal(["acme/1.0 (a b)", own], _proxy.X.Calls.Select(call => call.Headers["User-Agent"]));
    }

    [Fact]
    public async Task Two_spellings_of_one_write_are_one_write()
    {
        string[] headers = ["Idempotency-Key: one", "Content-Type: application/json", "Content-Length: 0"];
        var first = await RawConnection.AskAsync(_proxy.Proxy.Url, "POST /2/anything/?%61=1", _proxy.Alice.Token, headers);
        var second = await RawConnection.AskAsync(_proxy.Proxy.Url, "POST /2/anything?a=1", _proxy.Alice.Token, headers);

        Assert.Equal(first.Status, second.Status);
        Assert.Equal("/2/anything?a=1", Assert.Single(_proxy.X.Calls).Target);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    public async Task Every_byte_of_a_body_reaches_X(string method)
    {
        var bytes = RandomNumberGenerator.GetBytes(300_000);
        using var request = _proxy.Request(new(method), "/2/anything", new ByteArrayContent(bytes));
        request.Content!.Headers.ContentType = new("application/octet-stream");

        using var response = await _proxy.Proxy.Http.SendAsync(request);

        var call = Assert.Single(_proxy.X.Calls);
        Assert.Equal((method, "application/octet-stream"), (call.Method, call.Headers["Content-Type"]));
        Assert.Equal(bytes, call.Body);
    }

    [Fact]
    public async Task A_chunked_body_arrives_whole_and_with_its_length()
    {
        using var request = _proxy.Request(
            HttpMethod.Post,
            "/2/tweets",
            new StringContent("""{ "text" : "chunked" }""", Encoding.UTF8, "application/json")
        );
        request.Headers.TransferEncodingChunked = true;

        using var response = await _proxy.Proxy.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var call = Assert.Single(_proxy.X.Calls);
        Assert.Equal("""{ "text" : "chunked" }"""u8, call.Body);
        Assert.False(call.Headers.ContainsKey("Transfer-Encoding"));
    }

    [Fact]
    public async Task A_multipart_upload_keeps_its_boundary_and_every_byte()
    {
        const string Boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW";
        var png = Png();
        byte[] body =
        [
            .. Encoding.ASCII.GetBytes($"--{Boundary}\r\nContent-Disposition: form-data; name=\"media_category\"\r\n\r\ntweet_image\r\n"),
            .. Encoding.ASCII.GetBytes(
                $"--{Boundary}\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a b.png\"\r\nContent-Type: image/png\r\n\r\n"
            ),
            .. png,
            .. Encoding.ASCII.GetBytes($"\r\n--{Boundary}--\r\n"),
        ];
        using var request = _proxy.Request(HttpMethod.Post, "/2/media/upload", new ByteArrayContent(body));
        request.Content!.Headers.TryAddWithoutValidation("Content-Type", $"multipart/form-data; boundary={Boundary}");

        var answer = await ProxyHost.ReadAsync(await _proxy.Proxy.Http.SendAsync(request));

        var call = Assert.Single(_proxy.X.Calls);
        Assert.Equal($"multipart/form-data; boundary={Boundary}", call.Headers["Content-Type"]);
        Assert.Equal(body, call.Body);
        var stored = _proxy.Sandbox.Media.Find(answer.GetProperty("data").GetProperty("id").GetString()!);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(png)), stored?.Sha256);
    }

    [Fact]
    public async Task An_upload_as_base64_in_json_arrives_as_it_was()
    {
        var png = Png();
        var json = $$"""{"media_category":"tweet_image","media":"{{Convert.ToBase64String(png)}}"}""";
        using var request = _proxy.Request(HttpMethod.Post, "/2/media/upload", new StringContent(json, Encoding.UTF8, "application/json"));

        var answer = await ProxyHost.ReadAsync(await _proxy.Proxy.Http.SendAsync(request));

        Assert.Equal(json, Encoding.UTF8.GetString(Assert.Single(_proxy.X.Calls).Body));
        var stored = _proxy.Sandbox.Media.Find(answer.GetProperty("data").GetProperty("id").GetString()!);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(png)), stored?.Sha256);
    }

    [Fact]
    public async Task Only_named_request_headers_reach_X_and_none_that_speaks_of_the_caller()
    {
        await RawConnection.AskAsync(
            _proxy.Proxy.Url,
            "GET /2/users/me",
            _proxy.Alice.Token,
            "Accept: application/json",
            "Accept-Encoding: gzip",
            "Accept-Language: de",
            "User-Agent: test/1.0",
            "Cookie: guest_id=1; sid=2",
            "X-Api-Key: " + ProxyHost.ApiKey,
            "X-Forwarded-For: 10.0.0.1",
            "X-Forwarded-Host: evil.example",
            "Forwarded: for=10.0.0.1",
            "Via: 1.1 a",
            "Keep-Alive: timeout=5",
            "TE: trailers",
            "Upgrade: h2c",
            "Proxy-Authorization: Basic eDp5",
            "Referer: https://app.example.com/secret",
            "Idempotency-Key: 1",
            "Prefer: wait=1",
            "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "X-Custom: 1"
        );

        var call = Assert.Single(_proxy.X.Calls);
        Assert.Equal(
            ["Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Host", "User-Agent"],
            call.Headers.Keys.Order(StringComparer.Ordinal)
        );
        Assert.Equal(
            ("application/json", "gzip", "de", "test/1.0"),
            (call.Headers["Accept"], call.Headers["Accept-Encoding"], call.Headers["Accept-Language"], call.Headers["User-Agent"])
        );
        Assert.Equal(new Uri(_proxy.X.Url).Authority, call.Headers["Host"]);
    }

    [Fact]
    public async Task X_sees_the_access_token_in_place_of_the_session_token()
    {
        await ProxyHost.ReadAsync(await _proxy.Alice.Http.GetAsync("/2/users/me"));

        var authorization = AuthenticationHeaderValue.Parse(Assert.Single(_proxy.X.Calls).Headers["Authorization"]);
        Assert.Equal("Bearer", authorization.Scheme);
        Assert.Contains(authorization.Parameter, _proxy.Sandbox.Accounts.AllTokens);
    }

    [Fact]
    public async Task Header_values_beyond_ascii_pass_and_are_not_held_against_X()
    {
        var answer = await RawConnection.AskAsync(_proxy.Proxy.Url, "GET /2/users/me", _proxy.Alice.Token, "User-Agent: grüße/1.0 ✓");

        Assert.Equal(200, answer.Status);
        Assert.Equal("grüße/1.0 ✓", Assert.Single(_proxy.X.Calls).Headers["User-Agent"]);
    }

    [Fact]
    public async Task A_get_with_a_content_type_and_no_body_is_forwarded_without_one()
    {
        var answer = await RawConnection.AskAsync(
            _proxy.Proxy.Url,
            "GET /2/users/me",
            _proxy.Alice.Token,
            "Content-Type: application/json"
        );

        Assert.Equal(200, answer.Status);
        Assert.Empty(Assert.Single(_proxy.X.Calls).Body);
    }

    [Fact]
    public async Task An_empty_post_says_that_its_body_is_empty()
    {
        await RawConnection.AskAsync(_proxy.Proxy.Url, "POST /2/media/upload/1/finalize", _proxy.Alice.Token, "Content-Length: 0");

        Assert.Equal("0", Assert.Single(_proxy.X.Calls).Headers["Content-Length"]);
    }

    [Fact]
    public async Task A_method_in_lower_case_is_no_way_around_an_endpoints_windows()
    {
        _proxy.Sandbox.Limits.Set("GET /2/users/me", new() { PerUser = 1 });
        await RawConnection.AskAsync(_proxy.Proxy.Url, "get /2/users/me", _proxy.Alice.Token);

        var second = await RawConnection.AskAsync(_proxy.Proxy.Url, "get /2/users/me", _proxy.Alice.Token);

        Assert.Equal((429, "rate_limited"), (second.Status, second.Reason));
        Assert.Equal(0, _proxy.Sandbox.Counters.Overspent);
    }

    private static byte[] Png() =>
        [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a, .. RandomNumberGenerator.GetBytes(50_000)];
}
