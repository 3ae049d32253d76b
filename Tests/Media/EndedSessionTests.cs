using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Media;

/// <summary>
/// Uploads belong to an account, but every call about one is a session's: what a session may no longer do ends with it, and with its caller
/// what it waits for.
/// </summary>
public sealed class EndedSessionTests(EndedSessionTests.CountedProxy shared)
    : FreshAccountTest(shared),
        IClassFixture<EndedSessionTests.CountedProxy>
{
    private static readonly byte[] Video = TusClient.Video(1_200_000);

    private SignedIn _other = null!;
    private string _path = "";

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _other = await Proxy.SignInAsync(Username);
        _path = await _other.Http.BeginAsync(Video.Length);
        await _other.Http.SendAsync(_path, 0, Video[..100_000]);
        shared.Forget();
    }

    [Fact]
    public async Task A_session_that_has_signed_out_neither_sees_nor_touches_an_upload()
    {
        await ProxyHost.ReadAsync(await Alice.Http.DeleteAsync("/v1/session"));

        Assert.Equal(401, (int)(await Alice.Http.HeadAsync(_path)).StatusCode);
        await RefusedAsync(await Alice.Http.GetAsync(_path));
        await RefusedAsync(await Alice.Http.GetAsync($"{_path}/events"));
        await RefusedAsync(await Alice.Http.PatchAsync(_path, 100_000, Video[100_000..]));
        await RefusedAsync(await Alice.Http.BeginAsync(Video.Length, TusClient.Metadata(("filetype", "video/mp4"))));
        await RefusedAsync(await TweetAsync(wait: null));
        await RefusedAsync(await Alice.Http.SendAsync(TusClient.Request(HttpMethod.Delete, _path)));

        Assert.Equal(100_000, await _other.Http.OffsetAsync(_path)); // the account's other session goes on
    }

    [Fact]
    public async Task A_tweet_that_waits_for_an_upload_ends_with_its_session()
    {
        var waiting = TweetAsync("wait=600");
        await shared.IsAskedAsync(1);

        await ProxyHost.ReadAsync(await Alice.Http.DeleteAsync("/v1/session"));

        await RefusedAsync(await waiting.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_stream_of_progress_ends_with_its_session()
    {
        using var events = await Alice.Http.GetAsync($"{_path}/events", HttpCompletionOption.ResponseHeadersRead);
        var rest = events.Content.ReadAsStringAsync();
        await shared.IsAskedAsync(2); // the first state is sent, and the next awaited

        await ProxyHost.ReadAsync(await Alice.Http.DeleteAsync("/v1/session"));

        Assert.Contains("event: progress", await rest.WaitAsync(TimeSpan.FromSeconds(30)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_that_hangs_up_is_not_waited_for_again_and_again()
    {
        using var caller = new CancellationTokenSource();
        var waiting = Enumerable.Range(0, 20).Select(_ => TweetAsync("wait=600", caller.Token)).ToList();
        await shared.IsAskedAsync(20);

        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(waiting));

        var asked = await shared.SettledAsync(async () => await _other.Http.OffsetAsync(_path));
        Assert.InRange(asked, 20, 40); // a loop would have asked thousands of times
    }

    private Task<HttpResponseMessage> TweetAsync(string? wait, CancellationToken cancellationToken = default)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/tweets")
        {
            Content = JsonContent.Create(new { text = "look", media = new { upload_ids = new[] { TusClient.IdOf(_path) } } }),
        };
        if (wait is not null)
            request.Headers.Add("Prefer", wait);
        return Alice.Http.SendAsync(request, cancellationToken);
    }

    private static Task<Problem> RefusedAsync(HttpResponseMessage response) => Refusal.ExpectAsync(response, 401, "session_ended");

    /// <summary>A proxy that counts how often its front end asks grains to wait for progress.</summary>
    public sealed class CountedProxy : SharedProxy, IOutgoingGrainCallFilter
    {
        private int _asked;

        private protected override ProxySetup Setup =>
            new() { Customize = builder => builder.Services.AddSingleton<IOutgoingGrainCallFilter>(this) };

        public Task Invoke(IOutgoingGrainCallContext context)
        {
            if (context.MethodName == nameof(IMediaUpload.WaitForProgressAsync))
                Interlocked.Increment(ref _asked);
            return context.Invoke();
        }

        /// <summary>Waits until so many calls have been made in this test.</summary>
        internal Task IsAskedAsync(int times) =>
            Eventually.TrueAsync($"{times} waits", TimeSpan.FromSeconds(30), () => Task.FromResult(Volatile.Read(ref _asked) >= times));

        /// <summary>The count, once it has stayed the same over ten round trips.</summary>
        internal async Task<int> SettledAsync(Func<Task> roundTrip)
        {
            for (var before = -1; ; )
            {
                var now = Volatile.Read(ref _asked);
                if (now == before || now > 1_000)
                    return now;
                before = now;
                for (var i = 0; i < 10; i++)
                    await roundTrip();
            }
        }

        internal void Forget() => Volatile.Write(ref _asked, 0);
    }
}
