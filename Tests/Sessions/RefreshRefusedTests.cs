using Microsoft.Extensions.DependencyInjection;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Sessions;

/// <summary>What the token endpoint can say to a refresh token, and what it means for the grant.</summary>
public sealed class RefreshRefusedTests(RefreshRefusedTests.OneProxy shared) : IClassFixture<RefreshRefusedTests.OneProxy>, IAsyncLifetime
{
    /// <summary>How long a refusal is held before X is asked again.</summary>
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(5);

    private readonly ManualClock _clock = shared.Clock;
    private readonly ProxyHost _proxy = shared.Host;
    private readonly HttpClient _session = shared.Host.NewClient();
    private readonly string _user = shared.Begin();

    public Task InitializeAsync() => _session.SignInAsync(_user);

    public Task DisposeAsync()
    {
        _session.Dispose();
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData(FaultVariant.TokenInvalid)]
    [InlineData(FaultVariant.InvalidGrant)]
    public async Task A_dead_grant_asks_for_a_new_sign_in_and_X_is_not_bothered_again(FaultVariant variant)
    {
        _proxy.Sandbox.Faults.Add(new() { Endpoint = "token", Variant = variant });
        var refusal = await Refusal.ExpectAsync(await _session.RefreshAsync(), 401, "reconnect_needed");
        Assert.Contains("no longer honours", refusal.Detail, StringComparison.Ordinal);
        for (var i = 0; i < 5; i++)
        {
            _clock.Advance(Hold);
            await Refusal.ExpectAsync(await _session.GetAsync(Accounts.AnyCall), 401, "reconnect_needed");
            await Refusal.ExpectAsync(await _session.RefreshAsync(), 401, "reconnect_needed");
        }

        Assert.Equal(1, Attempts);
        Assert.Equal("rejected", await GrantStateAsync());
    }

    [Fact]
    public async Task A_new_sign_in_brings_the_accounts_other_sessions_back_too()
    {
        _proxy.Sandbox.Accounts.Revoke(_user);
        await Refusal.ExpectAsync(await _session.RefreshAsync(), 401, "reconnect_needed");
        await _proxy.SignInAsync(_user);
        await ProxyHost.ReadAsync(await _session.GetAsync(Accounts.AnyCall));
        Assert.Equal("active", await GrantStateAsync());
    }

    [Fact]
    public async Task A_race_that_was_lost_goes_on_with_the_winners_pair()
    {
        var stalled = _proxy.Sandbox.Faults.Add(
            new()
            {
                Endpoint = "token",
                Variant = FaultVariant.TokenInvalid,
                Stall = true,
            }
        );
        var refresh = _session.RefreshAsync();
        await _proxy.Sandbox.Faults.WaitUntilHitAsync(stalled);
        var winners = await AnotherNodeRefreshesAsync();
        _proxy.Sandbox.Faults.Release(stalled);

        var session = await ProxyHost.ReadAsync(await refresh);
        Assert.Equal("active", session.GetProperty("grant_state").GetString());
        Assert.Equal(winners.ExpiresAt, session.GetProperty("access_token_expires_at").GetDateTimeOffset());
        _proxy.Sandbox.Faults.Clear();
        await ProxyHost.ReadAsync(await _session.GetAsync(Accounts.AnyCall));
        await ProxyHost.ReadAsync(await _session.RefreshAsync()); // with the winner's refresh token
    }

    [Fact]
    public async Task A_stale_version_cannot_spend_its_token()
    {
        await AnotherNodeRefreshesAsync();
        await ProxyHost.ReadAsync(await _session.RefreshAsync());
        Assert.Equal(0, Attempts); // it found the newer pair when it wrote its intent
        await ProxyHost.ReadAsync(await _session.GetAsync(Accounts.AnyCall));
    }

    [Theory]
    [InlineData(FaultVariant.UnauthorizedClient, null)]
    [InlineData(FaultVariant.InvalidClient, 401)]
    [InlineData(FaultVariant.InvalidClient, 400)]
    [InlineData(FaultVariant.MissingClientId, null)]
    public async Task Our_own_misconfiguration_does_not_kill_the_grant(FaultVariant variant, int? status)
    {
        _proxy.Sandbox.Faults.Add(
            new()
            {
                Endpoint = "token",
                Variant = variant,
                Status = status,
            }
        );
        var refusal = await Refusal.ExpectAsync(await _session.RefreshAsync(), 500, "proxy_misconfigured");
        Assert.Contains("Twitter:ClientSecret", refusal.Detail, StringComparison.Ordinal);
        Assert.Equal("active", await GrantStateAsync());
        await ProxyHost.ReadAsync(await _session.GetAsync(Accounts.AnyCall)); // the token at hand is as good as ever

        await Refusal.ExpectAsync(await _session.RefreshAsync(), 500, "proxy_misconfigured");
        Assert.Equal(1, Attempts); // held: asking again at once would only be refused again

        _proxy.Sandbox.Faults.Clear();
        _clock.Advance(Hold);
        await ProxyHost.ReadAsync(await _session.RefreshAsync());
    }

    [Theory]
    [InlineData(FaultVariant.ServerErrorJson, 2)]
    [InlineData(FaultVariant.UnavailableJson, 2)]
    [InlineData(FaultVariant.Html, 2)]
    [InlineData(FaultVariant.Empty, 2)]
    [InlineData(FaultVariant.RateLimited, 1)] // X did not take it up, so there is nothing to find out
    public async Task A_failing_token_endpoint_leaves_the_grant_intact(FaultVariant variant, int attempts)
    {
        _proxy.Sandbox.Faults.Add(new() { Endpoint = "token", Variant = variant });
        var refusal = await Refusal.ExpectAsync(await _session.RefreshAsync(), 503, "token_endpoint_unavailable");
        Assert.Equal(5, refusal.RetryAfter);
        Assert.Equal(attempts, Attempts);
        Assert.Equal("active", await GrantStateAsync());

        _proxy.Sandbox.Faults.Clear();
        await Refusal.ExpectAsync(await _session.RefreshAsync(), 503, "token_endpoint_unavailable");
        Assert.Equal(attempts, Attempts);
        _clock.Advance(Hold);
        await ProxyHost.ReadAsync(await _session.RefreshAsync());
        Assert.Null((await _proxy.RecordAsync(_user))!.Intent);
    }

    [Fact]
    public async Task One_bad_answer_is_made_good_by_the_next()
    {
        _proxy.Sandbox.Faults.Add(
            new()
            {
                Endpoint = "token",
                Variant = FaultVariant.UnavailableJson,
                Times = 1,
            }
        );
        await ProxyHost.ReadAsync(await _session.RefreshAsync());
        Assert.Equal(2, Attempts);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task An_answer_lost_after_the_token_was_spent_is_named_as_that(bool lost, bool cutOff)
    {
        _proxy.Sandbox.Faults.Add(
            new()
            {
                Endpoint = "token",
                LostResponse = lost,
                CutOff = cutOff,
                Times = 1,
            }
        );
        var refusal = await Refusal.ExpectAsync(await _session.RefreshAsync(), 401, "reconnect_needed");
        Assert.Contains("cut off", refusal.Detail, StringComparison.Ordinal);
        Assert.Equal("refresh_interrupted", await GrantStateAsync());
        Assert.Equal(2, Attempts);
    }

    [Fact]
    public async Task A_5xx_after_which_X_refuses_the_token_later_on_is_a_refresh_that_was_cut_off()
    {
        _proxy.Sandbox.Faults.Add(
            new()
            {
                Endpoint = "token",
                Variant = FaultVariant.ServerErrorJson,
                Times = 2,
            }
        );
        await Refusal.ExpectAsync(await _session.RefreshAsync(), 503, "token_endpoint_unavailable");
        _proxy.Sandbox.Faults.Add(new() { Endpoint = "token", Variant = FaultVariant.TokenInvalid });
        _clock.Advance(Hold);
        var refusal = await Refusal.ExpectAsync(await _session.RefreshAsync(), 401, "reconnect_needed");
        Assert.Contains("cut off", refusal.Detail, StringComparison.Ordinal);
    }

    private long Attempts => _proxy.Sandbox.Counters.RefreshAttemptsOf(_user);

    private async Task<string?> GrantStateAsync() =>
        (await ProxyHost.ReadAsync(await _session.GetAsync("/v1/session"))).GetProperty("grant_state").GetString();

    /// <summary>Another process, against all locks, has won the race and saved its pair.</summary>
    private async Task<GrantRecord> AnotherNodeRefreshesAsync()
    {
        var store = SiloUnderTest.Store<SessionRecord>(_proxy.Services);
        var vault = _proxy.Services.GetRequiredService<TokenVault>();
        var id = _proxy.Sandbox.Accounts.IdOf(_user);
        var pair = _proxy.Sandbox.Accounts.IssueTokens(_user);
        var (record, version) = (await store.LoadAsync(id, CancellationToken.None))!;
        var grant = record.Grant! with
        {
            Version = record.Grant.Version + 1,
            AccessToken = vault.Protect(id, new AccessToken(pair.AccessToken)),
            RefreshToken = vault.Protect(id, new RefreshToken(pair.RefreshToken!)),
            ExpiresAt = _clock.GetUtcNow() + TimeSpan.FromMinutes(90),
        };
        Assert.NotNull(await store.TrySaveAsync(id, record with { Grant = grant, Intent = null }, version, CancellationToken.None));
        return grant;
    }

    public sealed class OneProxy : SharedClockedProxy
    {
        private protected override ProxySetup Setup => new() { Customize = builder => builder.WithoutMaintenance() };
    }
}
