using System.Net;
using System.Security.Cryptography;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Media;

/// <summary>The rules of tus 1.0, and what is checked before a byte goes to X.</summary>
public sealed class UploadProtocolTests(UploadProtocolTests.OneProxy one) : IClassFixture<UploadProtocolTests.OneProxy>
{
    private readonly HttpClient _alice = one.Alice.Http;

    [Theory]
    [InlineData("/v1/media")]
    [InlineData("/v1/media/0123456789abcdef0123456789abcdef")]
    public async Task The_server_says_what_it_can(string path)
    {
        using var answer = await one.Proxy.Http.SendAsync(new(HttpMethod.Options, path));

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(
            ["1.0.0", "1.0.0", "creation,creation-with-upload,expiration,termination,checksum", "4194304000", "sha1,sha256"],
            ((string[])["Tus-Resumable", "Tus-Version", "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm"]).Select(name =>
                answer.Headers.GetValues(name).Single()
            )
        );
    }

    [Theory]
    [InlineData(null)]
    [InlineData("0.2.2")]
    public async Task Another_version_of_tus_is_refused_with_the_one_that_is_spoken(string? version)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/media");
        if (version is not null)
            request.Headers.Add("Tus-Resumable", version);

        using var answer = await _alice.SendAsync(request);

        await Refusal.ExpectAsync(answer, 412, "tus_version_unsupported");
        Assert.Equal("1.0.0", answer.Headers.GetValues("Tus-Version").Single());
    }

    [Theory]
    [InlineData("", "filetype dmlkZW8vbXA0", 400, "invalid_request")] // no length
    [InlineData("-1", "filetype dmlkZW8vbXA0", 400, "invalid_request")]
    [InlineData("10", "", 400, "invalid_request")] // no type
    [InlineData("10", "filetype %%%", 400, "invalid_request")]
    [InlineData("0", "filetype dmlkZW8vbXA0", 422, "media_invalid")]
    [InlineData("10", "filetype YXBwbGljYXRpb24vcGRm", 415, "media_unsupported")] // application/pdf
    [InlineData("10", "filetype dmlkZW8vbXA0,category dHdlZXRfaW1hZ2U=", 415, "media_unsupported")] // a video as tweet_image
    [InlineData("10", "filetype dmlkZW8vbXA0,category cG9zdGNhcmQ=", 415, "media_unsupported")] // a postcard
    [InlineData("4194304001", "filetype dmlkZW8vbXA0", 413, "media_too_large")]
    [InlineData("5242881", "filetype aW1hZ2UvcG5n", 413, "media_too_large")]
    [InlineData("15728641", "filetype aW1hZ2UvZ2lm", 413, "media_too_large")]
    public async Task What_cannot_become_media_is_not_begun(string length, string metadata, int status, string reason)
    {
        var calls = one.Proxy.Sandbox.Counters.Total;
        using var answer = await _alice.SendAsync(
            TusClient.Request(HttpMethod.Post, "/v1/media", ("Upload-Length", length), ("Upload-Metadata", metadata))
        );

        var problem = await Refusal.ExpectAsync(answer, status, reason);
        Assert.Equal(calls, one.Proxy.Sandbox.Counters.Total);
        if (status == 413)
            Assert.Contains("Media:Max", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_what_it_was_said_to_be_fails_before_a_byte_goes_to_X()
    {
        var path = await _alice.BeginAsync(100);

        using var answer = await _alice.PatchAsync(path, 0, TusClient.Png(100));

        var problem = await Refusal.ExpectAsync(answer, 422, "media_invalid");
        Assert.Contains("image/png", problem.Detail, StringComparison.Ordinal);
        var ended = await _alice.EndAsync(path, "failed");
        Assert.Equal("media_invalid", ended.GetProperty("error").GetProperty("reason").GetString());
        using var head = await _alice.HeadAsync(path);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, head.StatusCode); // a client begins anew
        Assert.All(one.Proxy.Sandbox.Media.All, media => Assert.NotEqual(100, media.Size));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task At_another_offset_nothing_is_taken(int beside)
    {
        var path = await _alice.BeginAsync(1000);
        await _alice.SendAsync(path, 0, TusClient.Video(100));

        await Refusal.ExpectAsync(await _alice.PatchAsync(path, 100 + beside, new byte[10]), 409, "upload_offset_mismatch");

        Assert.Equal(100, await _alice.OffsetAsync(path));
    }

    [Theory]
    [InlineData("application/octet-stream")]
    [InlineData(null)]
    public async Task Bytes_come_as_what_tus_calls_them(string? type)
    {
        var path = await _alice.BeginAsync(1000);
        var request = TusClient.Request(HttpMethod.Patch, path, ("Upload-Offset", "0"));
        request.Content = new ByteArrayContent([1, 2, 3]);
        if (type is not null)
            request.Content.Headers.ContentType = new(type);

        await Refusal.ExpectAsync(await _alice.SendAsync(request), 415, "unsupported_media_type");
    }

    [Fact]
    public async Task More_bytes_than_were_announced_are_not_taken()
    {
        var path = await _alice.BeginAsync(1000);

        await Refusal.ExpectAsync(await _alice.PatchAsync(path, 0, TusClient.Video(1001)), 413, "media_too_large");
        Assert.Equal(0, await _alice.OffsetAsync(path));
    }

    [Theory]
    [InlineData(1000, 1001, 0)]
    [InlineData(2_500_000, 2_600_000, 2 * TusClient.Mebibyte)] // what ends a segment before the last is the upload's
    [InlineData(2 * TusClient.Mebibyte, 3 * TusClient.Mebibyte, TusClient.Mebibyte)]
    public async Task More_bytes_than_were_announced_do_not_end_an_upload_though_nobody_said_how_many_there_are(
        int announced,
        int sent,
        int taken
    )
    {
        var video = TusClient.Video(sent);
        var path = await _alice.BeginAsync(announced);

        await Refusal.ExpectAsync(await SendChunkedAsync(path, 0, video), 413, "media_too_large");
        Assert.Equal(taken, await _alice.OffsetAsync(path));
        using var rest = await SendChunkedAsync(path, taken, video[taken..announced]);

        Assert.Equal((HttpStatusCode.NoContent, announced), (rest.StatusCode, TusClient.OffsetOf(rest)));
        Assert.Equal(TusClient.Sha256(video[..announced]), one.Proxy.Sandbox.Media.Find((await _alice.EndAsync(path)).MediaId())!.Sha256);
        // Nor is what comes after the end swallowed.
        await Refusal.ExpectAsync(await SendChunkedAsync(path, announced, [1]), 413, "media_too_large");
        using var nothing = await SendChunkedAsync(path, announced, []);
        Assert.Equal(HttpStatusCode.NoContent, nothing.StatusCode);
    }

    [Theory]
    [InlineData("sha1")]
    [InlineData("sha256")]
    public async Task Bytes_with_a_checksum_count_whole_or_not_at_all(string algorithm)
    {
        var video = TusClient.Video(2_200_000);
        var path = await _alice.BeginAsync(video.Length);
        var hash = Convert.ToBase64String(CryptographicOperations.HashData(new(algorithm.ToUpperInvariant()), video));
        var damaged = video.ToArray();
        damaged[2_000_000] ^= 1;

        await Refusal.ExpectAsync(
            await _alice.PatchAsync(path, 0, damaged, ("Upload-Checksum", $"{algorithm} {hash}")),
            460,
            "checksum_mismatch"
        );
        Assert.Equal(0, await _alice.OffsetAsync(path));
        using var taken = await _alice.PatchAsync(path, 0, video, ("Upload-Checksum", $"{algorithm} {hash}"));

        Assert.Equal((HttpStatusCode.NoContent, video.Length), (taken.StatusCode, TusClient.OffsetOf(taken)));
        Assert.Equal(TusClient.Sha256(video), one.Proxy.Sandbox.Media.Find((await _alice.EndAsync(path)).MediaId())!.Sha256);
    }

    [Theory]
    [InlineData("md5 AAAA")]
    [InlineData("sha1 AAAA")]
    [InlineData("sha256")]
    public async Task A_checksum_that_cannot_be_checked_is_refused(string checksum)
    {
        var path = await _alice.BeginAsync(1000);

        await Refusal.ExpectAsync(
            await _alice.PatchAsync(path, 0, TusClient.Video(100), ("Upload-Checksum", checksum)),
            400,
            "invalid_request"
        );
    }

    [Theory]
    [InlineData("md5 AAAA", 1000, 400, "invalid_request")]
    [InlineData("sha256 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 16 * TusClient.Mebibyte + 1, 413, "body_too_large")]
    public async Task An_upload_begun_with_a_checksum_that_cannot_be_checked_is_named_all_the_same(
        string checksum,
        int bytes,
        int status,
        string reason
    )
    {
        var video = TusClient.Video(bytes);
        var request = TusClient.Request(
            HttpMethod.Post,
            "/v1/media",
            ("Upload-Length", $"{bytes}"),
            ("Upload-Metadata", "filetype dmlkZW8vbXA0"),
            ("Upload-Checksum", checksum)
        );
        request.Content = new ByteArrayContent(video) { Headers = { ContentType = new("application/offset+octet-stream") } };

        using var begun = await _alice.SendAsync(request);

        await Refusal.ExpectAsync(begun, status, reason);
        Assert.Equal(0, await _alice.OffsetAsync(begun.Headers.Location!.OriginalString));
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("GET", "/events")]
    [InlineData("HEAD", "")]
    [InlineData("PATCH", "")]
    [InlineData("DELETE", "")]
    public async Task Nobody_else_finds_an_accounts_upload(string method, string below)
    {
        var path = await _alice.BeginAsync(1000);
        var request = TusClient.Request(new(method), path + below, ("Upload-Offset", "0"));
        if (method == "PATCH")
            request.Content = new ByteArrayContent([1]) { Headers = { ContentType = new("application/offset+octet-stream") } };

        using var answer = await one.Bob.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal(UploadState.Receiving, (await one.Proxy.UploadAsync(path))!.State);
    }

    [Fact]
    public async Task A_client_that_may_send_only_POST_says_what_it_means()
    {
        var video = TusClient.Video(500);
        var path = await _alice.BeginAsync(video.Length);
        var request = TusClient.Request(HttpMethod.Post, path, ("Upload-Offset", "0"), ("X-HTTP-Method-Override", "PATCH"));
        request.Content = new ByteArrayContent(video) { Headers = { ContentType = new("application/offset+octet-stream") } };

        using var sent = await _alice.SendAsync(request);
        using var asked = await _alice.SendAsync(TusClient.Request(HttpMethod.Post, path, ("X-HTTP-Method-Override", "HEAD")));
        using var deleted = await _alice.SendAsync(TusClient.Request(HttpMethod.Post, path, ("X-HTTP-Method-Override", "DELETE")));

        Assert.Equal(
            (HttpStatusCode.NoContent, HttpStatusCode.OK, HttpStatusCode.NoContent),
            (sent.StatusCode, asked.StatusCode, deleted.StatusCode)
        );
        Assert.Equal(500, TusClient.OffsetOf(asked));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("PUT")]
    public async Task A_POST_that_means_nothing_is_told_what_can_be_meant(string? method)
    {
        var request = TusClient.Request(HttpMethod.Post, await _alice.BeginAsync(1000));
        if (method is not null)
            request.Headers.Add("X-HTTP-Method-Override", method);

        using var answer = await _alice.SendAsync(request);

        var problem = await Refusal.ExpectAsync(answer, 405, "method_not_allowed");
        Assert.Equal(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH"], answer.Content.Headers.Allow.Order(StringComparer.Ordinal));
        Assert.Contains("HEAD", problem.Detail, StringComparison.Ordinal);
    }

    private Task<HttpResponseMessage> SendChunkedAsync(string path, long offset, byte[] bytes)
    {
        var request = TusClient.Request(HttpMethod.Patch, path, ("Upload-Offset", $"{offset}"));
        request.Content = new ByteArrayContent(bytes) { Headers = { ContentType = new("application/offset+octet-stream") } };
        request.Headers.TransferEncodingChunked = true;
        return _alice.SendAsync(request);
    }

    public sealed class OneProxy : IAsyncLifetime
    {
        internal ProxyHost Proxy { get; private set; } = null!;

        internal SignedIn Alice { get; private set; } = null!;

        internal SignedIn Bob { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Proxy = await ProxyHost.StartAsync();
            (Alice, Bob) = (await Proxy.SignInAsync("alice"), await Proxy.SignInAsync("bob"));
        }

        public async Task DisposeAsync() => await Proxy.DisposeAsync();
    }
}
