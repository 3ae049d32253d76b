using Microsoft.AspNetCore.DataProtection;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Sessions;

public sealed class TokenRefreshTests : IDisposable
{
    private static readonly Func<HttpResponseMessage> New = () => ScriptedX.Pair("1");
    private static readonly Func<HttpResponseMessage> Dead = ScriptedX.DeadToken;
    private static readonly Func<HttpResponseMessage> Failing = () => ScriptedX.Json(503, "");
    private static readonly Func<HttpResponseMessage> Unreachable = () => throw new HttpRequestException(HttpRequestError.ConnectionError);
    private static readonly Func<HttpResponseMessage> WrongSecret = () => ScriptedX.Json(401, """{"error":"unauthorized_client"}""");

    private AccountBench _bench = null!;

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task The_new_pair_replaces_the_old_and_the_intent_is_gone()
    {
        var refresh = await BeginAsync(New);
        Assert.Null(await refresh.JoinAsync(1, CancellationToken.None));
        Assert.Equal((2L, GrantState.Active), (_bench.Stored!.Grant!.Version, _bench.Stored.Grant.State));
        Assert.Equal(("access-1", "refresh-1"), _bench.Reveal(_bench.Stored.Grant));
        Assert.Null(_bench.Stored.Intent);
        Assert.Equal("refresh-0", Assert.Single(_bench.X.Requests).Form()["refresh_token"]);
        Assert.Equal(_bench.Clock.GetUtcNow() + TimeSpan.FromHours(2), _bench.Stored.Grant.ExpiresAt);
    }

    [Fact]
    public async Task The_intent_is_stored_before_the_token_is_spent()
    {
        var refresh = await BeginAsync(New);
        var (reached, release) = _bench.Store.HoldNextWrite();
        var join = refresh.JoinAsync(1, CancellationToken.None);
        await reached;
        Assert.Empty(_bench.X.Requests);
        release.SetResult();
        await join;
        Assert.Single(_bench.X.Requests);
    }

    [Fact]
    public async Task Of_failures_in_a_row_the_audit_has_the_first_and_then_the_end_of_the_grant()
    {
        var refresh = await BeginAsync(WrongSecret, WrongSecret, Dead);
        for (var i = 0; i < 3; i++)
        {
            await refresh.JoinAsync(1, CancellationToken.None);
            _bench.Clock.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(["refresh_failed misconfigured", "grant_lost rejected"], await _bench.AuditedAsync());
    }

    [Fact]
    public async Task Nobody_is_given_the_new_pair_before_it_is_stored()
    {
        var stored = new TaskCompletionSource<Task>();
        TaskCompletionSource? release = null;
        var refresh = await BeginAsync(() =>
        {
            (var reached, release) = _bench.Store.HoldNextWrite();
            stored.SetResult(reached);
            return New();
        });
        var join = refresh.JoinAsync(1, CancellationToken.None);
        await await stored.Task;
        Assert.False(join.IsCompleted);
        Assert.Equal(1, _bench.Stored!.Grant!.Version);
        Assert.Equal(1, _bench.Stored.Intent!.FromVersion);
        release!.SetResult();
        Assert.Null(await join);
    }

    [Fact]
    public async Task However_many_ask_one_token_is_spent()
    {
        var refresh = await BeginAsync(New);
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 100).Select(_ => Task.Run(() => refresh.JoinAsync(1, CancellationToken.None)))
        );
        Assert.All(answers, Assert.Null);
        Assert.Single(_bench.X.Requests);
    }

    [Fact]
    public async Task A_caller_that_gives_up_does_not_end_the_refresh_for_others()
    {
        var refresh = await BeginAsync(New);
        var (reached, release) = _bench.Store.HoldNextWrite();
        using var hasty = new CancellationTokenSource();
        var first = refresh.JoinAsync(1, hasty.Token);
        var second = refresh.JoinAsync(1, CancellationToken.None);
        await reached;
        await hasty.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        release.SetResult();
        Assert.Null(await second);
        Assert.Equal(2, _bench.Stored!.Grant!.Version);
    }

    [Fact]
    public async Task A_pair_that_is_newer_already_needs_no_refresh()
    {
        var refresh = await BeginAsync(New);
        await refresh.JoinAsync(1, CancellationToken.None);
        Assert.Null(await refresh.JoinAsync(1, CancellationToken.None));
        Assert.Single(_bench.X.Requests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task With_a_store_that_fails_no_token_is_spent(bool tookEffect)
    {
        var refresh = await BeginAsync(New);
        _bench.Store.FailWrite(1, tookEffect);
        Assert.Equal(RejectionReason.StorageUnavailable, (await refresh.JoinAsync(1, CancellationToken.None))?.Reason);
        Assert.Empty(_bench.X.Requests);

        _bench.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await refresh.JoinAsync(1, CancellationToken.None));
        Assert.Equal(2, _bench.Stored!.Grant!.Version);
    }

    [Fact]
    public async Task A_pair_that_cannot_be_stored_is_kept_until_it_can_and_callers_are_told_meanwhile()
    {
        var refresh = await BeginAsync(() =>
        {
            _bench.Store.WritesFail = true;
            return New();
        });
        Assert.Equal(RejectionReason.StorageUnavailable, (await refresh.JoinAsync(1, CancellationToken.None))?.Reason);
        Assert.False(refresh.Flight.IsCompleted);
        Assert.Equal(RejectionReason.StorageUnavailable, (await refresh.JoinAsync(1, CancellationToken.None))?.Reason);
        _bench.Store.WritesFail = false;
        await _bench.PassTimeUntil(refresh.Flight);
        Assert.Equal(("access-1", "refresh-1"), _bench.Reveal(_bench.Stored!.Grant!));
        Assert.Null(await refresh.JoinAsync(1, CancellationToken.None));
        Assert.Single(_bench.X.Requests);
    }

    [Fact]
    public async Task A_pair_whose_save_took_effect_though_the_answer_was_lost_is_not_saved_over()
    {
        var refresh = await BeginAsync(() =>
        {
            _bench.Store.FailWrite(1, tookEffect: true);
            return New();
        });
        await refresh.JoinAsync(1, CancellationToken.None);
        await _bench.PassTimeUntil(refresh.Flight);
        Assert.Equal(2, _bench.Stored!.Grant!.Version);
        Assert.Equal(("access-1", "refresh-1"), _bench.Reveal(_bench.Stored.Grant));
        Assert.Equal(2, _bench.Store.Writes);
    }

    [Fact]
    public async Task A_dead_token_ends_the_grant_and_X_is_not_asked_again()
    {
        var refresh = await BeginAsync(Dead);
        Assert.Equal(RejectionReason.ReconnectNeeded, (await refresh.JoinAsync(1, CancellationToken.None))?.Reason);
        Assert.Equal((GrantState.Rejected, null), (_bench.Stored!.Grant!.State, _bench.Stored.Intent));
        _bench.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(RejectionReason.ReconnectNeeded, (await refresh.JoinAsync(1, CancellationToken.None))?.Reason);
        Assert.Single(_bench.X.Requests);
    }

    [Fact]
    public async Task A_dead_token_that_another_activation_has_replaced_is_a_race_lost_and_no_more()
    {
        var refresh = await BeginAsync(() =>
        {
            _bench.Store.Put(AccountBench.AccountId, _bench.Stored! with { Grant = _bench.Pair("other", version: 2), Intent = null });
            return Dead();
        });
        Assert.Null(await refresh.JoinAsync(1, CancellationToken.None));
        Assert.Equal(("access-other", "refresh-other"), _bench.Reveal(_bench.Stored!.Grant!));
        Assert.Equal(GrantState.Active, _bench.Stored.Grant!.State);
    }

    [Fact]
    public async Task Another_activations_intent_is_respected_while_its_lease_runs()
    {
        var refresh = await BeginAsync(new UserSessionOptions { InterruptedRefreshLease = TimeSpan.FromMinutes(1) }, New);
        LeaveIntent(age: TimeSpan.FromSeconds(20));
        var rejection = await refresh.JoinAsync(1, CancellationToken.None);
        Assert.Equal((RejectionReason.RefreshInDoubt, TimeSpan.FromSeconds(40)), (rejection?.Reason, rejection?.RetryAfter));
        Assert.Empty(_bench.X.Requests);

        _bench.Clock.Advance(TimeSpan.FromSeconds(40));
        Assert.Null(await refresh.JoinAsync(1, CancellationToken.None));
    }

    [Fact]
    public async Task A_lease_about_to_end_is_waited_for()
    {
        var refresh = await BeginAsync(new UserSessionOptions { InterruptedRefreshLease = TimeSpan.FromSeconds(10) }, New);
        LeaveIntent(age: TimeSpan.FromSeconds(9.5));
        var join = refresh.JoinAsync(1, CancellationToken.None);
        while (_bench.Clock.PendingTimers == 0)
            await Task.Yield();
        Assert.Empty(_bench.X.Requests);
        _bench.Clock.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Null(await join);
    }

    [Fact]
    public async Task A_crash_between_spend_and_save_is_named()
    {
        var refresh = await BeginAsync(Dead);
        LeaveIntent(age: TimeSpan.FromMinutes(1));
        Assert.Equal(RejectionReason.ReconnectNeeded, (await refresh.JoinAsync(1, CancellationToken.None))?.Reason);
        Assert.Equal(GrantState.RefreshInterrupted, _bench.Stored!.Grant!.State);
    }

    [Fact]
    public async Task A_crash_before_the_spend_costs_nothing()
    {
        var refresh = await BeginAsync(New);
        LeaveIntent(age: TimeSpan.FromMinutes(1));
        Assert.Null(await refresh.JoinAsync(1, CancellationToken.None));
        Assert.Null(_bench.Stored!.Intent);
    }

    [Fact]
    public async Task An_unknown_outcome_is_found_out_by_asking_once_more()
    {
        var refresh = await BeginAsync(Failing, New);
        Assert.Null(await refresh.JoinAsync(1, CancellationToken.None));
        Assert.Equal(2, _bench.X.Requests.Count);
    }

    [Fact]
    public async Task An_unknown_outcome_that_turns_out_dead_was_an_interrupted_refresh()
    {
        var refresh = await BeginAsync(Failing, Dead);
        using var measured = new Measured(_bench.Meters);
        await refresh.JoinAsync(1, CancellationToken.None);
        await refresh.JoinAsync(1, CancellationToken.None);
        Assert.Equal(GrantState.RefreshInterrupted, _bench.Stored!.Grant!.State);
        Assert.Equal(["answer_lost"], measured.All.Where(each => each.Name is "otp.lost_grants").Select(each => each.Tags["reason"]));
    }

    [Fact]
    public async Task An_outcome_that_stays_unknown_is_remembered_and_tried_again_later()
    {
        var refresh = await BeginAsync(Failing, Failing, Dead);
        Assert.Equal(RejectionReason.TokenEndpointUnavailable, (await refresh.JoinAsync(1, CancellationToken.None))?.Reason);
        Assert.Equal(GrantState.Active, _bench.Stored!.Grant!.State);
        Assert.NotNull(_bench.Stored.Intent);
        _bench.Clock.Advance(TimeSpan.FromSeconds(5));
        await refresh.JoinAsync(1, CancellationToken.None);
        Assert.Equal(GrantState.RefreshInterrupted, _bench.Stored.Grant.State);
    }

    [Fact]
    public async Task Our_own_misconfiguration_never_ends_a_grant()
    {
        var refresh = await BeginAsync(WrongSecret, New);
        Assert.Equal(RejectionReason.ProxyMisconfigured, (await refresh.JoinAsync(1, CancellationToken.None))?.Reason);
        Assert.Equal((GrantState.Active, null), (_bench.Stored!.Grant!.State, _bench.Stored.Intent));
        _bench.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Null(await refresh.JoinAsync(1, CancellationToken.None));
    }

    [Fact]
    public async Task A_refusal_is_held_for_a_while_so_that_callers_do_not_hammer_X()
    {
        var refresh = await BeginAsync(Unreachable, New);
        Assert.Equal(TimeSpan.FromSeconds(5), (await refresh.JoinAsync(1, CancellationToken.None))?.RetryAfter);
        Assert.Null(_bench.Stored!.Intent);
        _bench.Clock.Advance(TimeSpan.FromSeconds(2));
        var held = await refresh.JoinAsync(1, CancellationToken.None);
        Assert.Equal((RejectionReason.TokenEndpointUnavailable, TimeSpan.FromSeconds(3)), (held?.Reason, held?.RetryAfter));
        Assert.Single(_bench.X.Requests);
        _bench.Clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Null(await refresh.JoinAsync(1, CancellationToken.None));
    }

    [Fact]
    public async Task Without_a_refresh_token_the_grant_has_expired()
    {
        var refresh = await BeginAsync();
        _bench.Store.Put(AccountBench.AccountId, _bench.Stored! with { Grant = _bench.Pair("0") with { RefreshToken = null } });
        Assert.Equal(RejectionReason.ReconnectNeeded, (await refresh.JoinAsync(1, CancellationToken.None))?.Reason);
        Assert.Equal(GrantState.Expired, _bench.Stored!.Grant!.State);
    }

    [Fact]
    public async Task Scopes_that_the_answer_leaves_out_stay_as_they_were()
    {
        var refresh = await BeginAsync(() => ScriptedX.Json(200, """{"access_token":"a","refresh_token":"r","expires_in":60}"""));
        await refresh.JoinAsync(1, CancellationToken.None);
        Assert.Equal(["tweet.read", "users.read", "offline.access"], _bench.Stored!.Grant!.Scopes);
    }

    [Fact]
    public async Task Tokens_that_cannot_be_decrypted_are_neither_spent_nor_in_doubt()
    {
        await BeginAsync();
        var (refresh, journal) = _bench.ActivateRefresh(new TokenVault(new EphemeralDataProtectionProvider()));
        await journal.LoadAsync(CancellationToken.None);
        Assert.Equal(RejectionReason.ProxyMisconfigured, (await refresh.JoinAsync(1, CancellationToken.None))?.Reason);
        Assert.Equal((GrantState.Active, null), (_bench.Stored!.Grant!.State, _bench.Stored.Intent));
        Assert.Empty(_bench.X.Requests);
    }

    private Task<TokenRefresh> BeginAsync(params Func<HttpResponseMessage>[] answers) => BeginAsync(new(), answers);

    private async Task<TokenRefresh> BeginAsync(UserSessionOptions options, params Func<HttpResponseMessage>[] answers)
    {
        _bench = new(new(answers), options);
        _bench.SignedIn();
        var (refresh, journal) = _bench.ActivateRefresh();
        await journal.LoadAsync(CancellationToken.None);
        return refresh;
    }

    private void LeaveIntent(TimeSpan age) =>
        _bench.Store.Put(
            AccountBench.AccountId,
            _bench.Stored! with
            {
                Intent = new(1, "another activation", _bench.Clock.GetUtcNow() - age),
            }
        );
}
