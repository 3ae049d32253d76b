using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Sessions;

/// <summary>When the sessions of one account end, and what of it a crash or a stop of the process keeps.</summary>
public sealed class SessionLifetimeTests : IDisposable
{
    private static readonly UserSessionOptions Defaults = new();
    private static readonly TimeSpan Moment = TimeSpan.FromTicks(1);

    private readonly AccountBench _bench = new(new((_, _) => Task.FromResult(ScriptedX.Json(200, ""))));
    private UserSession _account;

    public SessionLifetimeTests() => _account = _bench.Activate();

    public void Dispose()
    {
        _account.Dispose();
        _bench.Dispose();
    }

    [Fact]
    public async Task A_session_that_nobody_uses_ends_after_the_idle_lifetime()
    {
        await OpenAsync();

        _bench.Clock.Advance(Defaults.IdleLifetime - Moment);
        Assert.Null((await GetAsync()).Rejection);
        _bench.Clock.Advance(Defaults.IdleLifetime - Moment); // that was a use
        Assert.Null((await GetAsync()).Rejection);

        _bench.Clock.Advance(Defaults.IdleLifetime);
        await EndedAsync("unused for 30 days");
    }

    [Fact]
    public async Task A_session_ends_after_the_absolute_lifetime_however_much_it_is_used()
    {
        await OpenAsync();
        for (var day = 0; day < 179; day++)
        {
            _bench.Clock.Advance(TimeSpan.FromDays(1));
            Assert.Null((await GetAsync()).Rejection);
        }

        _bench.Clock.Advance(TimeSpan.FromDays(1));

        await EndedAsync("180 days old");
    }

    [Fact]
    public async Task A_session_says_when_it_ends()
    {
        var opened = _bench.Clock.GetUtcNow();
        await OpenAsync();
        _bench.Clock.Advance(TimeSpan.FromDays(2));

        var session = (await GetAsync()).Value!;

        Assert.Equal(
            (opened + Defaults.AbsoluteLifetime, opened + TimeSpan.FromDays(2) + Defaults.IdleLifetime),
            (session.ExpiresAt, session.IdleExpiresAt)
        );
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_stop_of_the_process_loses_no_use_and_a_crash_lets_a_session_live_a_little_longer(bool used, bool crashed)
    {
        await OpenAsync();
        if (used)
        {
            _bench.Clock.Advance(TimeSpan.FromDays(3));
            await GetAsync();
            await _account.MaintainAsync();
        }

        await StartAgainAsync(crashed);

        _bench.Clock.Advance(Defaults.IdleLifetime - Moment);
        Assert.Null(await MaintainedAsync());
        Assert.Single(_bench.Stored!.Sessions);
        _bench.Clock.Advance(crashed ? Defaults.UseSaveInterval + Moment : Moment);
        Assert.Null(await MaintainedAsync());
        Assert.Null(_bench.Stored);
    }

    [Fact]
    public async Task Uses_are_written_about_once_an_hour_and_not_once_a_call()
    {
        await OpenAsync();
        var before = _bench.Store.Writes;
        for (var minute = 0; minute < 24 * 60; minute++)
        {
            _bench.Clock.Advance(TimeSpan.FromMinutes(1));
            for (var call = 0; call < 5; call++)
                await GetAsync();
            await _account.MaintainAsync();
        }

        Assert.InRange(_bench.Store.Writes - before, 24, 48);
    }

    [Fact]
    public async Task When_the_last_session_expires_X_is_told_and_nothing_is_left()
    {
        await OpenAsync("session-1");
        _bench.Clock.Advance(Defaults.IdleLifetime / 2);
        await OpenAsync("session-2");
        _bench.Clock.Advance(Defaults.IdleLifetime / 2);

        await _account.MaintainAsync();
        Assert.Equal("session-2", Assert.Single(_bench.Stored!.Sessions).Id);
        Assert.Empty(Revoked());

        _bench.Clock.Advance(Defaults.IdleLifetime / 2);
        await _account.MaintainAsync();
        Assert.Null(_bench.Stored);
        Assert.Equal(["access-1"], Revoked());
    }

    [Fact]
    public async Task A_session_that_is_not_handed_over_in_time_ends()
    {
        var by = _bench.Clock.GetUtcNow() + TimeSpan.FromMinutes(1);
        await OpenAsync("session-1", by);
        await OpenAsync("session-2", by);
        Assert.NotNull((await _account.HandOverAsync("session-2", CancellationToken.None)).Value);
        Assert.NotNull((await _account.HandOverAsync("session-2", CancellationToken.None)).Value); // repeated after an answer was lost

        _bench.Clock.Advance(TimeSpan.FromMinutes(1));

        await EndedAsync("did not fetch it in time");
        Assert.Equal(RejectionReason.SessionEnded, (await _account.HandOverAsync("session-1", CancellationToken.None)).Rejection?.Reason);
        await _account.MaintainAsync();
        Assert.Equal("session-2", Assert.Single(_bench.Stored!.Sessions).Id);
    }

    [Fact]
    public async Task Sessions_of_the_version_before_count_from_the_first_start_of_this_one()
    {
        var old = _bench.SignedIn();
        _bench.Store.Put(
            AccountBench.AccountId,
            old with
            {
                Schema = 1,
                Sessions = [new("session-1", "app", ["tweet.read", "users.read"], _bench.Clock.GetUtcNow() - TimeSpan.FromDays(1000))],
            }
        );

        await _account.MaintainAsync(); // the sweep's, for an account that nobody calls

        Assert.Equal(2, _bench.Stored!.Schema);
        await StartAgainAsync(crashed: true);
        _bench.Clock.Advance(Defaults.IdleLifetime - Moment);
        Assert.Equal(_bench.Clock.GetUtcNow() + Moment + TimeSpan.FromDays(150), (await GetAsync()).Value!.ExpiresAt);
        _bench.Clock.Advance(Defaults.IdleLifetime);
        await EndedAsync("unused for 30 days");
    }

    [Theory]
    [InlineData("00:15:00", "00:00:40")] // never less than two rounds of maintenance
    [InlineData("12:00:00", "00:30:00")]
    [InlineData("30.00:00:00", "01:00:00")]
    public void Uses_are_saved_ahead_by_a_24th_of_the_idle_lifetime(string idle, string ahead) =>
        Assert.Equal(TimeSpan.Parse(ahead, null), new UserSessionOptions { IdleLifetime = TimeSpan.Parse(idle, null) }.UseSaveInterval);

    private Task<Result<SessionSnapshot>> GetAsync() => _account.GetAsync("session-1", CancellationToken.None);

    private Task<Rejection?> MaintainedAsync() => _account.MaintainAsync();

    private async Task OpenAsync(string session = "session-1", DateTimeOffset? handoverBy = null) =>
        Assert.Null(
            await _account.OpenAsync(
                new(session, "app", "ada", _bench.Pair("1") with { RefreshToken = null, ExpiresAt = DateTimeOffset.MaxValue })
                {
                    HandoverBy = handoverBy,
                },
                CancellationToken.None
            )
        );

    private async Task StartAgainAsync(bool crashed)
    {
        if (!crashed)
            await _account.FlushAsync(stopping: true);
        _account.Dispose();
        _account = _bench.Activate();
    }

    private async Task EndedAsync(string why)
    {
        var refusal = (await GetAsync()).Rejection!;
        Assert.Equal(RejectionReason.SessionEnded, refusal.Reason);
        Assert.Contains(why, refusal.Detail, StringComparison.Ordinal);
        Assert.Contains("Sign in again", refusal.Detail, StringComparison.Ordinal);
    }

    private List<string> Revoked() =>
        [.. _bench.X.Requests.Where(request => request.Uri.AbsolutePath == "/2/oauth2/revoke").Select(request => request.Form()["token"]!)];
}
