using System.Net;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Idempotency;

/// <summary>A doubtful post on an X whose timelines show posts late: each test has an X of its own.</summary>
public sealed class LatePostTests : IAsyncLifetime
{
    private const string Post = "POST /2/tweets";

    private static readonly TimeSpan ResendAfter = TimeSpan.FromSeconds(10);

    private readonly ManualClock _clock = new();
    private SandboxServer _x = null!;
    private ProxyHost _proxy = null!;
    private SignedIn _alice = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _x.DisposeAsync();
    }

    [Fact]
    public async Task A_post_that_X_does_not_show_yet_is_refused_by_X_as_a_duplicate_and_found_later()
    {
        await StartAsync(new() { TimelineDelay = TimeSpan.FromSeconds(60) });
        LoseOneAnswer();

        await Refusal.ExpectAsync(await _alice.Http.PostKeyedAsync("a", "hello"), 504, "outcome_in_doubt");
        _clock.Advance(ResendAfter);
        Assert.Equal(HttpStatusCode.Forbidden, (await _alice.Http.PostKeyedAsync("a", "hello")).StatusCode); // X's own answer, and not kept
        _clock.Advance(TimeSpan.FromSeconds(60));
        var found = await _alice.Http.PostKeyedAsync("a", "hello");

        Assert.Equal((HttpStatusCode.Created, true), (found.StatusCode, found.IsReconciled()));
        Assert.Equal((1, 2), (_x.Counters.PostsOf("hello"), _x.Counters.Requests(Post)));
    }

    [Fact]
    public async Task A_post_whose_sending_took_long_is_given_its_time_from_the_end()
    {
        await StartAsync(new() { TimelineDelay = TimeSpan.FromSeconds(39), RejectDuplicatePosts = false });
        var stalled = _x.Faults.Add(
            new()
            {
                Endpoint = Post,
                StallAfterEffect = true,
                Times = 1,
            }
        );
        var first = _alice.Http.PostKeyedAsync("a", "hello");
        await _x.Faults.WaitUntilHitAsync(stalled);
        _clock.Advance(TimeSpan.FromSeconds(30)); // as long as X may take
        await Refusal.ExpectAsync(await first, 504, "outcome_in_doubt");
        _clock.Advance(TimeSpan.FromSeconds(8));

        var early = await Refusal.ExpectAsync(await _alice.Http.PostKeyedAsync("a", "hello"), 504, "outcome_in_doubt");
        _clock.Advance(TimeSpan.FromSeconds(1));
        var found = await _alice.Http.PostKeyedAsync("a", "hello");

        Assert.Equal((2, true), (early.RetryAfter, found.IsReconciled()));
        Assert.Equal(1, _x.Counters.PostsOf("hello"));
    }

    [Fact]
    public async Task A_post_that_appears_while_X_refuses_the_second_is_the_answer()
    {
        await StartAsync(new() { TimelineDelay = TimeSpan.FromSeconds(60) });
        LoseOneAnswer();
        await Refusal.ExpectAsync(await _alice.Http.PostKeyedAsync("a", "hello"), 504, "outcome_in_doubt");
        _clock.Advance(TimeSpan.FromSeconds(59));
        var second = _x.Faults.Add(
            new()
            {
                Endpoint = Post,
                StallAfterEffect = true,
                Times = 1,
            }
        );
        var resent = _alice.Http.PostKeyedAsync("a", "hello");
        await _x.Faults.WaitUntilHitAsync(second);
        _clock.Advance(TimeSpan.FromSeconds(1));
        _x.Faults.Release();

        Assert.Equal((HttpStatusCode.Created, true), ((await resent).StatusCode, (await resent).IsReconciled()));
        Assert.Equal(1, _x.Counters.PostsOf("hello"));
    }

    private async Task StartAsync(SandboxOptions options)
    {
        options.Url = "http://127.0.0.1:0";
        _x = await SandboxServer.StartAsync(options, _clock);
        _proxy = await ProxyHost.StartAsync(
            new()
            {
                Sandbox = _x,
                Clock = _clock,
                Settings = DoubtfulWriteTests.WithoutRetries,
            }
        );
        _alice = await _proxy.SignInAsync("alice");
    }

    private void LoseOneAnswer() =>
        _x.Faults.Add(
            new()
            {
                Endpoint = Post,
                LostResponse = true,
                Times = 1,
            }
        );
}
