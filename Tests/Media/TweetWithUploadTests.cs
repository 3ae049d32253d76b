using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Media;

public sealed class TweetWithUploadTests(SharedProxy shared) : FreshAccountTest(shared), IClassFixture<SharedProxy>
{
    private static readonly byte[] Video = TusClient.Video(1_200_000);

    [Fact]
    public async Task A_tweet_that_names_an_upload_waits_for_X_to_finish_with_it()
    {
        X.Media.ProcessingDuration = TimeSpan.FromSeconds(2);
        var path = await Alice.Http.BeginAsync(Video.Length);
        await Alice.Http.SendAsync(path, 0, Video);

        using var answer = await PostAsync(Alice, wait: "wait=30", TusClient.IdOf(path));

        var tweet = await ProxyHost.ReadAsync(answer);
        Assert.Equal((HttpStatusCode.Created, "wait=30"), (answer.StatusCode, answer.Headers.GetValues("Preference-Applied").Single()));
        var shown = await ProxyHost.ReadAsync(
            await Alice.Http.GetAsync(
                $"/2/tweets/{tweet.GetProperty("data").GetProperty("id").GetString()}?expansions=attachments.media_keys"
            )
        );
        Assert.Equal(
            $"7_{(await Alice.Http.ProgressAsync(path)).MediaId()}",
            shown.GetProperty("includes").GetProperty("media")[0].GetProperty("media_key").GetString()
        );
    }

    [Fact]
    public async Task A_tweet_that_will_not_wait_is_told_and_not_posted()
    {
        var path = await Alice.Http.BeginAsync(Video.Length);

        var problem = await Refusal.ExpectAsync(await PostAsync(Alice, wait: null, TusClient.IdOf(path)), 409, "media_not_ready");

        Assert.NotNull(problem.RetryAfter);
        Assert.Equal(0, X.Counters.Requests("POST /2/tweets"));
    }

    [Fact]
    public async Task A_tweet_that_waits_for_an_upload_when_the_proxy_stops_is_told_and_not_posted()
    {
        await using var proxy = await ProxyHost.StartAsync();
        var alice = await proxy.SignInAsync("alice");
        var path = await alice.Http.BeginAsync(Video.Length);
        var waiting = PostAsync(alice, wait: "wait=600", TusClient.IdOf(path));

        proxy.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        var problem = await Refusal.ExpectAsync(await waiting.WaitAsync(TimeSpan.FromSeconds(30)), 503, "shutting_down");
        Assert.True(problem.Retryable);
        Assert.Equal(0, proxy.Sandbox.Counters.Requests("POST /2/tweets"));
    }

    [Fact]
    public async Task A_tweet_whose_upload_is_there_is_posted_though_the_proxy_stops()
    {
        await using var proxy = await ProxyHost.StartAsync();
        var alice = await proxy.SignInAsync("alice");
        var path = await alice.Http.BeginAsync(Video.Length);
        await alice.Http.SendAsync(path, 0, Video);
        await alice.Http.EndAsync(path);

        proxy.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication(); // the server takes calls until its drain is over

        Assert.Equal(HttpStatusCode.Created, (await PostAsync(alice, wait: "wait=600", TusClient.IdOf(path))).StatusCode);
    }

    [Fact]
    public async Task A_tweet_with_an_upload_that_failed_is_not_posted()
    {
        X.Media.FailNext();
        var path = await Alice.Http.BeginAsync(Video.Length);
        await Alice.Http.SendAsync(path, 0, Video);

        await Refusal.ExpectAsync(await PostAsync(Alice, wait: "respond-async, wait=30", TusClient.IdOf(path)), 422, "media_rejected");
        Assert.Equal(0, X.Counters.Requests("POST /2/tweets"));
    }

    [Fact]
    public async Task An_upload_that_is_not_the_accounts_own_is_not_found()
    {
        var bob = await Proxy.SignInAsync("bob");
        var path = await Alice.Http.BeginAsync(Video.Length);

        await Refusal.ExpectAsync(await PostAsync(bob, wait: null, TusClient.IdOf(path)), 404, "upload_not_found");
        await Refusal.ExpectAsync(await PostAsync(bob, wait: null, "a", "b", "c", "d", "e"), 400, "invalid_request");
    }

    private static Task<HttpResponseMessage> PostAsync(SignedIn session, string? wait, params string[] uploads)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/tweets")
        {
            Content = JsonContent.Create(new { text = "look", media = new { upload_ids = uploads } }),
        };
        if (wait is not null)
            request.Headers.Add("Prefer", wait);
        return session.Http.SendAsync(request);
    }
}
