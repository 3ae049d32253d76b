using System.Net;
using System.Text;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Media;

/// <summary>
/// X's own media endpoints in both of their forms: what a client of X sends arrives as it is, and so does what X answers.
/// </summary>
public sealed class TransparentMediaTests
{
    private const string Boundary = "----a client's own";

    [Fact]
    public async Task The_older_command_form_passes_with_its_query_and_its_empty_204()
    {
        await using var proxy = await RecordedProxy.StartAsync();
        var video = TusClient.Video(1_300_000);
        var begun = await SendAsync(
            proxy,
            HttpMethod.Post,
            $"/2/media/upload?command=INIT&media_type=video%2Fmp4&total_bytes={video.Length}&media_category=tweet_video"
        );
        Assert.Equal(HttpStatusCode.Accepted, begun.StatusCode);
        var id = (await ProxyHost.ReadAsync(begun)).GetProperty("data").GetProperty("id").GetString();

        foreach (var (index, piece) in video.Chunk(700_000).Index())
        {
            var body = Multipart(("command", "APPEND"), ("media_id", id!), ("segment_index", $"{index}"), piece);
            var appended = await SendAsync(proxy, HttpMethod.Post, "/2/media/upload", body);
            Assert.Equal((HttpStatusCode.NoContent, 0), (appended.StatusCode, (await appended.Content.ReadAsByteArrayAsync()).Length));
            Assert.Equal(body, proxy.X.Calls[^1].Body);
        }

        await ProxyHost.ReadAsync(await SendAsync(proxy, HttpMethod.Post, $"/2/media/upload?command=FINALIZE&media_id={id}"));
        var status = await SendAsync(proxy, HttpMethod.Get, $"/2/media/upload?command=STATUS&media_id={id}");

        Assert.Equal(HttpStatusCode.OK, status.StatusCode);
        Assert.Equal(TusClient.Sha256(video), proxy.Sandbox.Media.Find(id!)!.Sha256);
        Assert.Equal($"/2/media/upload?command=STATUS&media_id={id}", proxy.X.Calls[^1].Target);
    }

    [Fact]
    public async Task A_segment_of_four_MiB_passes_in_multipart_and_as_base64()
    {
        await using var proxy = await RecordedProxy.StartAsync();
        var video = TusClient.Video(8 * TusClient.Mebibyte);
        var begun = await ProxyHost.ReadAsync(
            await SendAsync(
                proxy,
                HttpMethod.Post,
                "/2/media/upload/initialize",
                Encoding.UTF8.GetBytes($$"""{"media_type":"video/mp4","total_bytes":{{video.Length}},"media_category":"tweet_video"}"""),
                "application/json"
            )
        );
        var path = $"/2/media/upload/{begun.GetProperty("data").GetProperty("id").GetString()}";

        var first = await SendAsync(
            proxy,
            HttpMethod.Post,
            path + "/append",
            Multipart(("segment_index", "0"), video[..(4 * TusClient.Mebibyte)])
        );
        var json = $$"""{"segment_index":1,"media":"{{Convert.ToBase64String(video.AsSpan(4 * TusClient.Mebibyte))}}"}""";
        var second = await SendAsync(proxy, HttpMethod.Post, path + "/append", Encoding.UTF8.GetBytes(json), "application/json");
        var finalized = await SendAsync(proxy, HttpMethod.Post, path + "/finalize");

        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK],
            [first.StatusCode, second.StatusCode, finalized.StatusCode]
        );
        Assert.Equal(TusClient.Sha256(video), Assert.Single(proxy.Sandbox.Media.All).Sha256);
    }

    private static Task<HttpResponseMessage> SendAsync(
        RecordedProxy proxy,
        HttpMethod method,
        string target,
        byte[]? body = null,
        string type = $"multipart/form-data; boundary=\"{Boundary}\""
    )
    {
        var request = proxy.Request(method, target, body is null ? null : new ByteArrayContent(body));
        if (body is not null)
            request.Content!.Headers.TryAddWithoutValidation("Content-Type", type);
        return proxy.Proxy.Http.SendAsync(request);
    }

    private static byte[] Multipart((string Name, string Value) one, byte[] media) => Multipart([one], media);

    private static byte[] Multipart(
        (string Name, string Value) one,
        (string Name, string Value) two,
        (string Name, string Value) three,
        byte[] media
    ) => Multipart([one, two, three], media);

    private static byte[] Multipart((string Name, string Value)[] fields, byte[] media) =>
        [
            .. fields.SelectMany(field =>
                Encoding.UTF8.GetBytes($"--{Boundary}\r\nContent-Disposition: form-data; name=\"{field.Name}\"\r\n\r\n{field.Value}\r\n")
            ),
            .. Encoding.UTF8.GetBytes($"--{Boundary}\r\nContent-Disposition: form-data; name=\"media\"; filename=\"blob\"\r\n\r\n"),
            .. media,
            .. Encoding.UTF8.GetBytes($"\r\n--{Boundary}--\r\n"),
        ];
}
