using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OrleansTwitterProxy.Core.Media;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>A client of managed uploads, request by request, so that a test sees and bends each.</summary>
internal static class TusClient
{
    public const int Mebibyte = 1024 * 1024;

    /// <summary>Bytes that begin like an MP4 and go on at random.</summary>
    public static byte[] Video(int length)
    {
        var bytes = RandomNumberGenerator.GetBytes(length);
        "\0\0\0\u0018ftypmp42\0\0\0\0mp42isom\0\0\0\u0008free"u8.CopyTo(bytes);
        return bytes;
    }

    public static byte[] Png(int length)
    {
        var bytes = RandomNumberGenerator.GetBytes(length);
        ((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]).CopyTo(bytes);
        return bytes;
    }

    public static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static string Metadata(params (string Key, string Value)[] pairs) =>
        string.Join(',', pairs.Select(pair => $"{pair.Key} {Convert.ToBase64String(Encoding.UTF8.GetBytes(pair.Value))}"));

    public static HttpRequestMessage Request(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Tus-Resumable", "1.0.0");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    public static Task<HttpResponseMessage> BeginAsync(this HttpClient http, long length, string metadata, byte[]? firstBytes = null)
    {
        var request = Request(HttpMethod.Post, "/v1/media", ("Upload-Length", Text(length)), ("Upload-Metadata", metadata));
        if (firstBytes is not null)
            request.Content = Content(firstBytes);
        return http.SendAsync(request);
    }

    /// <summary>Begins an upload that must be taken.</summary>
    /// <returns>Its path.</returns>
    public static async Task<string> BeginAsync(
        this HttpClient http,
        long length,
        string type = "video/mp4",
        params (string Key, string Value)[] more
    )
    {
        using var response = await http.BeginAsync(length, Metadata([("filetype", type), .. more]));
        Assert.True(response.StatusCode == System.Net.HttpStatusCode.Created, await response.Content.ReadAsStringAsync());
        return response.Headers.Location!.OriginalString;
    }

    public static Task<HttpResponseMessage> PatchAsync(
        this HttpClient http,
        string path,
        long offset,
        byte[] bytes,
        params (string Name, string Value)[] headers
    )
    {
        var request = Request(HttpMethod.Patch, path, [("Upload-Offset", Text(offset)), .. headers]);
        request.Content = Content(bytes);
        return http.SendAsync(request);
    }

    /// <summary>Sends bytes that must be taken.</summary>
    /// <returns>The offset told.</returns>
    public static async Task<long> SendAsync(this HttpClient http, string path, long offset, byte[] bytes)
    {
        using var response = await http.PatchAsync(path, offset, bytes);
        Assert.True(
            response.StatusCode == System.Net.HttpStatusCode.NoContent,
            $"{response.StatusCode}: {await response.Content.ReadAsStringAsync()}"
        );
        return OffsetOf(response);
    }

    public static Task<HttpResponseMessage> HeadAsync(this HttpClient http, string path) => http.SendAsync(Request(HttpMethod.Head, path));

    public static async Task<long> OffsetAsync(this HttpClient http, string path)
    {
        using var response = await http.HeadAsync(path);
        Assert.Equal(System.Net.HttpStatusCode.OK, response.StatusCode);
        return OffsetOf(response);
    }

    public static long OffsetOf(HttpResponseMessage response) =>
        long.Parse(response.Headers.GetValues("Upload-Offset").Single(), CultureInfo.InvariantCulture);

    public static async Task<JsonElement> ProgressAsync(this HttpClient http, string path) =>
        await ProxyHost.ReadAsync(await http.GetAsync(path));

    /// <summary>Waits until progress is as wanted, moving the clock on by a second each time if there is one to move.</summary>
    public static async Task<JsonElement> UntilAsync(
        this HttpClient http,
        string path,
        Func<JsonElement, bool> wanted,
        ManualClock? clock = null
    )
    {
        var started = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (true)
        {
            var progress = await http.ProgressAsync(path);
            if (wanted(progress))
                return progress;
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(30), $"Still {progress}");
            clock?.Advance(TimeSpan.FromSeconds(1));
            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>Waits for an end, which must be the one wanted.</summary>
    public static async Task<JsonElement> EndAsync(this HttpClient http, string path, string state = "succeeded", ManualClock? clock = null)
    {
        var ended = await http.UntilAsync(path, progress => progress.State() is "succeeded" or "failed", clock);
        Assert.True(ended.State() == state, ended.ToString());
        return ended;
    }

    public static string State(this JsonElement progress) => progress.GetProperty("state").GetString()!;

    public static string MediaId(this JsonElement progress) => progress.GetProperty("media_id").GetString()!;

    public static string IdOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    public static async Task<UploadRecord?> UploadAsync(this ProxyHost proxy, string path) =>
        (await SiloUnderTest.Store<UploadRecord>(proxy.Services).LoadAsync(IdOf(path), CancellationToken.None))?.Record;

    private static ByteArrayContent Content(byte[] bytes) =>
        new(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/offset+octet-stream") } };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
