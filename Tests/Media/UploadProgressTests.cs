using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Media;

/// <summary>From the last byte to media that can be attached, and how it is watched. The clock is the test's.</summary>
public sealed class UploadProgressTests(SharedClockedProxy shared) : FreshAccountTest(shared), IClassFixture<SharedClockedProxy>
{
    private static readonly byte[] Video = TusClient.Video(1_500_000);

    private readonly ManualClock _clock = shared.Clock;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        X.Media.ProcessingDuration = TimeSpan.FromSeconds(20);
    }

    [Fact]
    public async Task X_is_asked_when_it_said_and_its_percent_is_told_until_the_media_is_there()
    {
        var path = await Alice.Http.BeginAsync(Video.Length);
        await Alice.Http.SendAsync(path, 0, Video);

        var half = await Alice.Http.UntilAsync(
            path,
            progress =>
                progress.GetProperty("processing_percent") is { ValueKind: JsonValueKind.Number } percent && percent.GetInt32() >= 25,
            _clock
        );
        Assert.Equal("processing", half.State());
        Assert.True(half.GetProperty("estimated_seconds").GetDouble() > 0);
        var ended = await Alice.Http.EndAsync(path, clock: _clock);

        // As X keeps it from its finalize on.
        Assert.Equal(_clock.GetUtcNow().AddHours(24), ended.GetProperty("expires_at").GetDateTimeOffset(), TimeSpan.FromSeconds(40));
        Assert.InRange(X.Counters.Requests("GET /2/media/upload"), 4, 6); // 20 s, every 5
    }

    [Fact]
    public async Task Media_that_X_cannot_process_fails_in_its_words()
    {
        X.Media.FailNext();
        var path = await Alice.Http.BeginAsync(Video.Length);
        await Alice.Http.SendAsync(path, 0, Video);

        var ended = await Alice.Http.EndAsync(path, "failed", _clock);

        Assert.Equal("media_rejected", ended.GetProperty("error").GetProperty("reason").GetString());
        Assert.Contains("Unsupported video format", ended.GetProperty("error").GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Processing_without_end_counts_as_stuck()
    {
        X.Media.ProcessingDuration = TimeSpan.FromDays(1);
        var path = await Alice.Http.BeginAsync(Video.Length);
        await Alice.Http.SendAsync(path, 0, Video);
        await Alice.Http.UntilAsync(path, progress => progress.State() == "processing");

        _clock.Advance(TimeSpan.FromMinutes(31));
        var ended = await Alice.Http.EndAsync(path, "failed", _clock);

        Assert.Equal("upstream_timeout", ended.GetProperty("error").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task An_alternative_text_that_X_does_not_take_leaves_the_media()
    {
        X.Faults.Add(new() { Endpoint = "POST /2/media/metadata", Variant = FaultVariant.InvalidRequest });
        var path = await Alice.Http.BeginAsync(Video.Length, "video/mp4", ("alt_text", "a cat"));
        await Alice.Http.SendAsync(path, 0, Video);

        var ended = await Alice.Http.EndAsync(path, clock: _clock);

        Assert.Contains("alternative text", ended.GetProperty("error").GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_tell_every_state_until_the_end()
    {
        var path = await Alice.Http.BeginAsync(Video.Length);
        await using var events = await OpenAsync(path);
        var first = await events.NextAsync();
        Assert.Equal(
            ("progress", "receiving", 0),
            (first.EventType, first.Data.State(), first.Data.GetProperty("bytes_received").GetInt32())
        );

        await Alice.Http.SendAsync(path, 0, Video);
        List<string> states = [];
        while (await events.NextOrEndAsync(_clock) is { } next)
            states.Add(next.Data.State());

        Assert.Equal(["processing", "succeeded"], states.Distinct().Where(state => state is "processing" or "succeeded"));
        Assert.Equal("succeeded", states[^1]);
    }

    [Fact]
    public async Task Events_go_on_from_the_last_that_was_seen()
    {
        var path = await Alice.Http.BeginAsync(Video.Length);
        string seen;
        await using (var events = await OpenAsync(path))
            seen = (await events.NextAsync()).EventId!;
        await using var later = await OpenAsync(path, seen);
        var next = later.NextAsync();

        await Alice.Http.SendAsync(path, 0, Video[..100]);

        Assert.Equal(100, (await next).Data.GetProperty("bytes_received").GetInt32());
    }

    [Fact]
    public async Task Events_end_when_the_proxy_stops()
    {
        await using var proxy = await ProxyHost.StartAsync();
        var alice = await proxy.SignInAsync("alice");
        var path = await alice.Http.BeginAsync(Video.Length);
        await using var events = await OpenAsync(path, session: alice);
        await events.NextAsync();

        proxy.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        await events.EndAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Who_has_seen_the_end_is_told_not_to_come_back()
    {
        var path = await Alice.Http.BeginAsync(Video.Length);
        await Alice.Http.SendAsync(path, 0, Video);
        await Alice.Http.EndAsync(path, clock: _clock);
        string seen;
        await using (var events = await OpenAsync(path))
            seen = (await events.NextAsync()).EventId!;

        using var request = TusClient.Request(HttpMethod.Get, path + "/events", ("Last-Event-ID", seen));
        using var answer = await Alice.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }

    [Fact]
    public async Task An_unfinished_upload_expires_and_is_swept()
    {
        var path = await Alice.Http.BeginAsync(Video.Length);
        await Alice.Http.SendAsync(path, 0, Video[..500]);

        _clock.Advance(TimeSpan.FromHours(24));
        await Refusal.ExpectAsync(await Alice.Http.GetAsync(path), 410, "upload_gone");
        _clock.Advance(TimeSpan.FromMinutes(5));
        await SiloUnderTest.MaintainUploadsAsync(Proxy.Services);

        Assert.Null(await Proxy.UploadAsync(path));
        await Refusal.ExpectAsync(await Alice.Http.GetAsync(path), 404, "upload_not_found");
    }

    private async Task<EventStream> OpenAsync(string path, string? lastEventId = null, SignedIn? session = null)
    {
        using var request = TusClient.Request(HttpMethod.Get, path + "/events");
        if (lastEventId is not null)
            request.Headers.Add("Last-Event-ID", lastEventId);
        var response = await (session ?? Alice).Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new(response, SseParser.Create(await response.Content.ReadAsStreamAsync(), (_, data) => JsonElement.Parse(data)));
    }

    private sealed class EventStream(HttpResponseMessage response, SseParser<JsonElement> parser) : IAsyncDisposable
    {
        private readonly IAsyncEnumerator<SseItem<JsonElement>> _items = parser.EnumerateAsync().GetAsyncEnumerator();

        public async Task<SseItem<JsonElement>> NextAsync()
        {
            Assert.True(await _items.MoveNextAsync());
            return _items.Current;
        }

        public async Task EndAsync() => Assert.False(await _items.MoveNextAsync());

        /// <summary>The next, for which the clock is moved if need be; null when there is none any more.</summary>
        public async Task<SseItem<JsonElement>?> NextOrEndAsync(ManualClock clock)
        {
            var moving = _items.MoveNextAsync().AsTask();
            while (
                await Task.WhenAny(moving, Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None)) != moving
            )
                clock.Advance(TimeSpan.FromSeconds(1));
            return await moving ? _items.Current : null;
        }

        public async ValueTask DisposeAsync()
        {
            response.Dispose();
            await ValueTask.CompletedTask;
        }
    }
}
