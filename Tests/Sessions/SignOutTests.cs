using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Sessions;

public sealed class SignOutTests : IDisposable
{
    private readonly TaskCompletionSource<HttpResponseMessage> _tokenAnswer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _tokenAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly AccountBench _bench;
    private readonly UserSession _account;
    private bool _revokeFails;

    public SignOutTests()
    {
        _bench = new(
            new ScriptedX(
                (request, _) =>
                {
                    if (request.Uri.AbsolutePath == "/2/oauth2/revoke")
                        return Task.FromResult(ScriptedX.Json(_revokeFails ? 503 : 200, ""));
                    _tokenAsked.TrySetResult();
                    return _tokenAnswer.Task;
                }
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
    public async Task The_last_session_to_end_has_both_tokens_revoked_and_everything_forgotten()
    {
        var result = await _account.SignOutAsync("session-1", everySession: false, CancellationToken.None);
        Assert.Equal(new SignOutResult(0, RevokedAtX: true), result.Value);
        Assert.Equal([("refresh-0", "refresh_token"), ("access-0", "access_token")], Revoked());
        Assert.Null(_bench.Stored);
    }

    [Fact]
    public async Task While_sessions_are_left_the_grant_lives_on()
    {
        await OpenAsync("session-2", "0");
        Assert.Equal(
            new SignOutResult(1, RevokedAtX: false),
            (await _account.SignOutAsync("session-1", everySession: false, CancellationToken.None)).Value
        );
        Assert.Empty(Revoked());
        Assert.Equal("session-2", Assert.Single(_bench.Stored!.Sessions).Id);
        Assert.NotNull(_bench.Stored.Grant);
    }

    [Fact]
    public async Task Every_session_can_be_ended_at_once()
    {
        await OpenAsync("session-2", "0");
        Assert.Equal(0, (await _account.SignOutAsync("session-1", everySession: true, CancellationToken.None)).Value?.SessionsLeft);
        Assert.Null(_bench.Stored);
        Assert.Equal(RejectionReason.SessionEnded, (await _account.GetAsync("session-2", CancellationToken.None)).Rejection?.Reason);
    }

    [Fact]
    public async Task Of_all_sessions_those_of_other_clients_live_on()
    {
        await OpenAsync("session-2", "0");
        await OpenAsync("session-3", "0", "another-client");

        Assert.Equal(
            new SignOutResult(1, RevokedAtX: false),
            (await _account.SignOutAsync("session-1", everySession: true, CancellationToken.None)).Value
        );

        Assert.Empty(Revoked());
        Assert.Equal("session-3", Assert.Single(_bench.Stored!.Sessions).Id);
        Assert.NotNull(_bench.Stored.Grant);
    }

    [Fact]
    public async Task A_session_that_is_not_the_accounts_ends_nothing()
    {
        Assert.Equal(
            RejectionReason.SessionEnded,
            (await _account.SignOutAsync("session-9", everySession: true, CancellationToken.None)).Rejection?.Reason
        );
        Assert.Single(_bench.Stored!.Sessions);
    }

    [Fact]
    public async Task While_X_cannot_be_asked_the_session_has_ended_and_the_care_asks_again()
    {
        _revokeFails = true;
        Assert.Equal(
            new SignOutResult(0, RevokedAtX: false),
            (await _account.SignOutAsync("session-1", everySession: false, CancellationToken.None)).Value
        );
        Assert.Equal((0, null, 2), (_bench.Stored!.Sessions.Count, _bench.Stored.Grant, _bench.Stored.Revocations.Count));
        _revokeFails = false;
        await _account.MaintainAsync();
        Assert.Null(_bench.Stored);
    }

    [Fact]
    public async Task A_sign_out_that_could_not_be_stored_may_be_repeated()
    {
        _bench.Store.FailWrite(1, tookEffect: false);
        Assert.Equal(
            RejectionReason.StorageUnavailable,
            (await _account.SignOutAsync("session-1", everySession: false, CancellationToken.None)).Rejection?.Reason
        );
        Assert.Empty(Revoked());
        Assert.True((await _account.SignOutAsync("session-1", everySession: false, CancellationToken.None)).Value?.RevokedAtX);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_pair_that_arrives_after_the_sign_out_is_revoked_too(bool revokeFailsAtFirst)
    {
        var refresh = await RefreshInFlightAsync();
        _revokeFails = revokeFailsAtFirst;
        await _account.SignOutAsync("session-1", everySession: false, CancellationToken.None);
        _revokeFails = false;
        _tokenAnswer.SetResult(ScriptedX.Pair("1"));
        Assert.Equal(RejectionReason.SessionEnded, (await refresh).Rejection?.Reason);
        await _account.MaintainAsync();
        Assert.Contains(("refresh-1", "refresh_token"), Revoked());
        Assert.Contains(("access-1", "access_token"), Revoked());
        Assert.Null(_bench.Stored);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_refresh_from_before_a_sign_out_does_not_touch_the_grant_of_the_next_sign_in(bool granted)
    {
        var refresh = await RefreshInFlightAsync();
        await _account.SignOutAsync("session-1", everySession: false, CancellationToken.None);
        _bench.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await OpenAsync("session-2", "new");
        _tokenAnswer.SetResult(granted ? ScriptedX.Pair("1") : ScriptedX.DeadToken());
        await refresh;
        Assert.Equal(("access-new", "refresh-new"), _bench.Reveal(_bench.Stored!.Grant!));
        Assert.Equal(GrantState.Active, _bench.Stored.Grant!.State);
    }

    private async Task<Task<Result<SessionSnapshot>>> RefreshInFlightAsync()
    {
        // Signed in through the account, as users are, so that its pairs are numbered as theirs are.
        await _account.SignOutAsync("session-1", everySession: false, CancellationToken.None);
        await OpenAsync("session-1", "0");
        var refresh = _account.RefreshAsync("session-1", CancellationToken.None);
        await _tokenAsked.Task;
        return refresh;
    }

    private async Task OpenAsync(string session, string pair, string client = "app") =>
        Assert.Null(await _account.OpenAsync(new(session, client, "ada", _bench.Pair(pair, version: 0)), CancellationToken.None));

    private IEnumerable<(string Token, string Hint)> Revoked() =>
        _bench
            .X.Requests.Where(request => request.Uri.AbsolutePath == "/2/oauth2/revoke")
            .Select(request => request.Form())
            .Select(form => (form["token"], form["token_type_hint"]));
}
