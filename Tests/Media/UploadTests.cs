using System.Net;
using System.Net.Http.Json;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Media;

public sealed class UploadTests(SharedProxy shared) : FreshAccountTest(shared), IClassFixture<SharedProxy>
{
    private const string Append = "POST /2/media/upload/{id}/append";

    [Theory]
    [InlineData(3_500_000, 3_500_000)] // all at once
    [InlineData(3_500_000, 700_001)] // less than a segment each time
    [InlineData(3 * TusClient.Mebibyte, TusClient.Mebibyte)] // segment by segment
    [InlineData(6_000_000, 2_600_000)] // across segments
    [InlineData(40_000, 9_999)] // smaller than a segment
    [InlineData(TusClient.Mebibyte + 1, TusClient.Mebibyte + 1)] // one byte over
    public async Task A_video_in_pieces_of_the_clients_own_arrives_whole(int length, int piece)
    {
        var video = TusClient.Video(length);
        var path = await Alice.Http.BeginAsync(length);

        for (var offset = 0; offset < length; offset += piece)
        {
            Assert.Equal(offset, await Alice.Http.OffsetAsync(path));
            Assert.Equal(
                Math.Min(offset + piece, length),
                await Alice.Http.SendAsync(path, offset, video[offset..Math.Min(offset + piece, length)])
            );
        }

        var ended = await Alice.Http.EndAsync(path);
        var media = Proxy.Sandbox.Media.Find(ended.MediaId())!;
        var segments = (length + TusClient.Mebibyte - 1) / TusClient.Mebibyte;
        Assert.Equal((TusClient.Sha256(video), length, segments), (media.Sha256, (int)media.Size!, media.SegmentsReceived));
        Assert.Equal(segments, Proxy.Sandbox.Counters.Requests(Append));
        Assert.Equal(
            (length, length, length, segments, segments, 100),
            (
                Int("bytes_total"),
                Int("bytes_received"),
                Int("bytes_at_x"),
                Int("segments_confirmed"),
                Int("segments_total"),
                Int("processing_percent")
            )
        );
        Assert.Equal(System.Text.Json.JsonValueKind.Null, ended.GetProperty("error").ValueKind);

        int Int(string name) => ended.GetProperty(name).GetInt32();
    }

    [Fact]
    public async Task An_image_is_taken_with_its_creation_and_described()
    {
        var png = TusClient.Png(200_000);
        using var begun = await Alice.Http.BeginAsync(
            png.Length,
            TusClient.Metadata(("filename", "cat.png"), ("alt_text", "a cat – ünïcödé")),
            png
        );

        Assert.Equal((HttpStatusCode.Created, png.Length), (begun.StatusCode, TusClient.OffsetOf(begun)));
        var ended = await Alice.Http.EndAsync(begun.Headers.Location!.OriginalString);
        var media = Proxy.Sandbox.Media.Find(ended.MediaId())!;
        Assert.Equal(
            ("image/png", "tweet_image", "a cat – ünïcödé", TusClient.Sha256(png)),
            (media.MediaType, media.Category, media.AltText, media.Sha256)
        );
        var tweet = await Alice.Http.PostAsJsonAsync(
            "/v1/tweets",
            new { text = "a cat", media = new { media_ids = new[] { ended.MediaId() } } }
        );
        Assert.Equal(HttpStatusCode.Created, tweet.StatusCode);
    }

    [Fact]
    public async Task What_the_client_said_is_told_to_it_again()
    {
        var metadata = TusClient.Metadata(("filename", "a b.mp4"), ("filetype", "video/mp4"), ("category", "amplify_video"));
        using var begun = await Alice.Http.BeginAsync(1000, metadata);
        var path = begun.Headers.Location!.OriginalString;
        using var head = await Alice.Http.HeadAsync(path);

        Assert.Equal(("1000", metadata, "1.0.0"), (Header("Upload-Length"), Header("Upload-Metadata"), Header("Tus-Resumable")));
        Assert.True(head.Headers.CacheControl?.NoStore);
        Assert.True(DateTimeOffset.TryParseExact(Header("Upload-Expires"), "r", null, System.Globalization.DateTimeStyles.None, out _));
        Assert.Equal("amplify_video", Proxy.Sandbox.Media.Find((await Proxy.UploadAsync(path))!.MediaId)!.Category);
        Assert.Equal(1, X.Counters.Requests("POST /2/media/upload/initialize"));

        string Header(string name) => head.Headers.GetValues(name).Single();
    }

    [Fact]
    public async Task A_line_that_breaks_is_taken_up_where_the_proxy_says()
    {
        var video = TusClient.Video(3_000_000);
        var path = await Alice.Http.BeginAsync(video.Length);
        using var phone = await HalfSentAsync(path, video, 1_700_000);

        phone.Dispose();

        var offset = await Alice.Http.OffsetAsync(path);
        Assert.InRange(offset, TusClient.Mebibyte, 1_700_000); // what the server had not read when the line broke never came
        await Alice.Http.SendAsync(path, offset, video[(int)offset..]);
        Assert.Equal(TusClient.Sha256(video), Proxy.Sandbox.Media.Find((await Alice.Http.EndAsync(path)).MediaId())!.Sha256);
    }

    [Fact]
    public async Task The_offset_that_was_told_stays_though_an_earlier_request_sends_on()
    {
        var video = TusClient.Video(2_500_000);
        var path = await Alice.Http.BeginAsync(video.Length);
        using var earlier = await HalfSentAsync(path, video, 1_500_000);

        var offset = await Alice.Http.OffsetAsync(path);
        await earlier.SendUnlessClosedAsync(video.AsMemory(1_500_000)); // a request that was taken over ends at once

        Assert.Equal((423, "upload_locked"), await StatusAndReasonAsync(earlier));
        Assert.Equal(TusClient.Mebibyte, offset);
        Assert.Equal(offset, await Alice.Http.OffsetAsync(path));
        Assert.Equal(video.Length, await Alice.Http.SendAsync(path, offset, video[(int)offset..]));
        Assert.Equal(TusClient.Sha256(video), Proxy.Sandbox.Media.Find((await Alice.Http.EndAsync(path)).MediaId())!.Sha256);
    }

    [Fact]
    public async Task A_client_that_comes_back_wins_over_its_own_silent_connection()
    {
        var video = TusClient.Video(2_500_000);
        var path = await Alice.Http.BeginAsync(video.Length);
        using var silent = await HalfSentAsync(path, video, 1_500_000);

        Assert.Equal(video.Length, await Alice.Http.SendAsync(path, TusClient.Mebibyte, video[TusClient.Mebibyte..]));

        Assert.Equal((423, "upload_locked"), await StatusAndReasonAsync(silent));
        Assert.Equal(TusClient.Sha256(video), Proxy.Sandbox.Media.Find((await Alice.Http.EndAsync(path)).MediaId())!.Sha256);
        Assert.Equal(3, Proxy.Sandbox.Counters.Requests(Append));
    }

    [Fact]
    public async Task A_terminated_upload_is_gone()
    {
        var path = await Alice.Http.BeginAsync(3_000_000);
        await Alice.Http.SendAsync(path, 0, TusClient.Video(100));

        using var terminated = await Alice.Http.SendAsync(TusClient.Request(HttpMethod.Delete, path));

        Assert.Equal(HttpStatusCode.NoContent, terminated.StatusCode);
        await Refusal.ExpectAsync(await Alice.Http.GetAsync(path), 404, "upload_not_found");
        Assert.Null(await Proxy.UploadAsync(path));
    }

    /// <summary>A request for a whole upload, of which only so many bytes were sent; the first segment of them is at X.</summary>
    private async Task<RawConnection> HalfSentAsync(string path, byte[] video, int sent)
    {
        var connection = await RawConnection.OpenAsync(Proxy.Url);
        await connection.SendHeadAsync(
            $"PATCH {path}",
            Alice.Token,
            "Tus-Resumable: 1.0.0",
            "Upload-Offset: 0",
            "Content-Type: application/offset+octet-stream",
            $"Content-Length: {video.Length}"
        );
        await connection.SendAsync(video.AsMemory(0, sent));
        await Alice.Http.UntilAsync(path, progress => progress.GetProperty("bytes_at_x").GetInt64() == TusClient.Mebibyte);
        return connection;
    }

    private static async Task<(int Status, string? Reason)> StatusAndReasonAsync(RawConnection connection)
    {
        var answer = await connection.ReadAsync();
        return (answer.Status, answer.Reason);
    }
}
