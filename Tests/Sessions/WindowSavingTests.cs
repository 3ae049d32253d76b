using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Sessions;

/// <summary>Windows are written when their loss would be noticed, and hardly ever for their own sake.</summary>
public sealed class WindowSavingTests : IDisposable
{
    private static readonly DateTimeOffset Reset = new ManualClock().GetUtcNow() + TimeSpan.FromMinutes(12);

    private readonly AccountBench _bench;
    private readonly UserSession _account;
    private readonly Queue<HttpResponseMessage> _answers = [];

    public WindowSavingTests()
    {
        _bench = new(
            new(
                (request, _) =>
                    Task.FromResult(
                        request.Uri.AbsolutePath.EndsWith("/token", StringComparison.Ordinal) ? ScriptedX.Pair("1") : _answers.Dequeue()
                    )
            )
        );
        _bench.SignedIn();
        _account = _bench.Activate();
    }

    public void Dispose()
    {
        _account.Dispose();
        _bench.Dispose();
    }

    [Fact]
    public async Task An_account_with_plenty_left_never_writes_them_for_their_own_sake()
    {
        for (var remaining = 74; remaining >= 19; remaining--)
        {
            await CallAsync(remaining);
            _bench.Clock.Advance(TimeSpan.FromSeconds(5));
            await _account.MaintainAsync();
        }

        Assert.Equal(0, _bench.Store.Writes);
    }

    [Fact]
    public async Task A_window_nearly_used_up_is_saved_at_the_next_round_of_care_and_again_when_nothing_is_left()
    {
        await CallAsync(18);
        await _account.MaintainAsync();
        Assert.Equal(18, Assert.Single(_bench.Stored!.Windows).Remaining);
        foreach (var remaining in (int[])[17, 12, 8, 0]) // a sign-in took the last ones
        {
            await CallAsync(remaining);
            await _account.MaintainAsync();
        }

        Assert.Equal(1, _bench.Store.Writes);
        _bench.Clock.Advance(TimeSpan.FromMinutes(1));
        for (var i = 0; i < 5; i++)
            await _account.MaintainAsync();
        Assert.Equal(2, _bench.Store.Writes);
        Assert.Equal(0, Assert.Single(_bench.Stored!.Windows).Remaining);
    }

    [Fact]
    public async Task After_a_crash_the_next_activation_knows_what_was_used_up()
    {
        await CallAsync(0);
        await _account.MaintainAsync();

        using var next = _bench.Activate(); // and the first is never flushed

        Assert.Equal(RejectionReason.RateLimited, (await SendAsync(next)).Rejection?.Reason);
    }

    [Fact]
    public async Task Another_write_takes_them_along_and_spares_their_own()
    {
        await CallAsync(5);
        await _account.RefreshAsync("session-1", CancellationToken.None);
        var writes = _bench.Store.Writes;

        await _account.MaintainAsync();

        Assert.Equal(5, Assert.Single(_bench.Stored!.Windows).Remaining);
        Assert.Equal(writes, _bench.Store.Writes);
    }

    [Fact]
    public async Task A_store_that_does_not_answer_is_asked_again_in_the_next_round()
    {
        await CallAsync(0);
        _bench.Store.WritesFail = true;
        await _account.MaintainAsync();
        _bench.Store.WritesFail = false;

        await _account.MaintainAsync();

        Assert.Equal(0, Assert.Single(_bench.Stored!.Windows).Remaining);
    }

    [Fact]
    public async Task A_cap_of_Xs_is_kept_with_the_windows_and_forgotten_within_the_hour()
    {
        _answers.Enqueue(ScriptedX.Json(402, """{"type":"https://api.twitter.com/2/problems/credits"}"""));
        await SendAsync(_account);
        await _account.FlushAsync();
        Assert.Equal(("GET /2/users/me", UsageCapKind.CreditsDepleted), (_bench.Stored!.Caps![0].EndpointKey, _bench.Stored.Caps[0].Kind));

        using var other = new AccountBench(new());
        other.Store.Put(AccountBench.AccountId, _bench.Stored with { Grant = other.Pair("0") });
        using var restarted = other.Activate();
        Assert.Equal(RejectionReason.CreditsDepleted, (await DryRunAsync(restarted)).Refusal?.Reason);
        other.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Null((await DryRunAsync(restarted)).Refusal);
    }

    private async Task CallAsync(int remaining)
    {
        var answer = ScriptedX.Json(200, "{}");
        answer.Headers.Add("x-rate-limit-limit", "75");
        answer.Headers.Add("x-rate-limit-remaining", $"{remaining}");
        answer.Headers.Add("x-rate-limit-reset", $"{Reset.ToUnixTimeSeconds()}");
        _answers.Enqueue(answer);
        Assert.Equal(200, (await SendAsync(_account)).Status);
    }

    private static Task<ForwardResponse> SendAsync(UserSession account) => account.SendAsync(Me(), CancellationToken.None);

    private static async Task<DryRun> DryRunAsync(UserSession account) => (await account.DryRunAsync(Me(), CancellationToken.None)).Value!;

    private static ForwardRequest Me() =>
        new()
        {
            SessionId = "session-1",
            EndpointKey = "GET /2/users/me",
            Method = "GET",
            Target = "/2/users/me",
        };
}
