using System.Net;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Sessions;

public sealed class SignOutEndpointTests(SignOutEndpointTests.OneProxy shared)
    : IClassFixture<SignOutEndpointTests.OneProxy>,
        IAsyncLifetime
{
    private readonly ProxyHost _proxy = shared.Host;
    private readonly SandboxServer _sandbox = shared.Host.Sandbox;
    private readonly string _user = shared.Begin();
    private HttpClient _session = null!;

    public async Task InitializeAsync() => _session = (await _proxy.SignInAsync(_user)).Http;

    public Task DisposeAsync()
    {
        _session.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Signing_out_of_one_session_leaves_the_others()
    {
        var other = await _proxy.SignInAsync(_user);
        var result = await ProxyHost.ReadAsync(await _session.DeleteAsync("/v1/session"));
        Assert.Equal((1, false), (result.GetProperty("sessions_left").GetInt32(), result.GetProperty("revoked_at_x").GetBoolean()));
        await EndedAsync(_session);
        await ProxyHost.ReadAsync(await other.Http.GetAsync(Accounts.AnyCall));
        Assert.Equal(0, _sandbox.Counters.Requests("revoke"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_last_sign_out_revokes_both_tokens_at_X(bool refreshedBefore)
    {
        if (refreshedBefore)
            await ProxyHost.ReadAsync(await _session.RefreshAsync());
        var before = await _sandbox.LiveAccessTokensAsync(_user);
        var result = await ProxyHost.ReadAsync(await _session.DeleteAsync("/v1/session"));
        Assert.Equal((0, true), (result.GetProperty("sessions_left").GetInt32(), result.GetProperty("revoked_at_x").GetBoolean()));
        Assert.Equal(2, _sandbox.Counters.Responses("POST /2/oauth2/revoke", 200));
        Assert.Equal(before - 1, await _sandbox.LiveAccessTokensAsync(_user));
        Assert.Null(await _proxy.RecordAsync(_user));
        await EndedAsync(_session);
    }

    [Fact]
    public async Task Signing_out_of_all_ends_every_session_and_revokes_once()
    {
        var others = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => _proxy.SignInAsync(_user)));
        var bob = await _proxy.SignInAsync("bob");
        await ProxyHost.ReadAsync(await _session.DeleteAsync("/v1/session?all=true"));
        foreach (var other in others)
            await EndedAsync(other.Http);
        await EndedAsync(_session);
        Assert.Equal(2, _sandbox.Counters.Requests("revoke"));
        await ProxyHost.ReadAsync(await bob.Http.GetAsync(Accounts.AnyCall));
    }

    [Fact]
    public async Task Sign_outs_at_once_revoke_once()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _session.DeleteAsync("/v1/session?all=true")));
        Assert.Contains(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        await EndedAsync(_session);
        Assert.Null(await _proxy.RecordAsync(_user));
        Assert.Equal(0, await _sandbox.LiveAccessTokensAsync(_user));
    }

    [Theory]
    [InlineData(FaultVariant.UnavailableJson)]
    [InlineData(FaultVariant.RateLimited)]
    [InlineData(FaultVariant.UnauthorizedClient)]
    public async Task While_X_cannot_be_told_the_session_is_refused_all_the_same_and_care_repeats_it(FaultVariant variant)
    {
        _sandbox.Faults.Add(new() { Endpoint = "revoke", Variant = variant });
        await NotYetRevokedAsync();
        await EndedAsync(_session);
        await _proxy.MaintainAsync();
        Assert.Equal(2, (await _proxy.RecordAsync(_user))!.Revocations.Count);

        _sandbox.Faults.Clear();
        await _proxy.MaintainAsync();
        Assert.Null(await _proxy.RecordAsync(_user));
        Assert.Equal(0, await _sandbox.LiveAccessTokensAsync(_user));
        Assert.Equal(2, _sandbox.Counters.Responses("POST /2/oauth2/revoke", 200));
    }

    [Fact]
    public async Task What_X_has_confirmed_is_not_asked_again()
    {
        _sandbox.Faults.Add(
            new()
            {
                Endpoint = "revoke",
                LostResponse = true,
                Skip = 1,
                Times = 1,
            }
        );
        await NotYetRevokedAsync();
        Assert.Single((await _proxy.RecordAsync(_user))!.Revocations);
        await _proxy.MaintainAsync();
        Assert.Equal(3, _sandbox.Counters.Requests("revoke"));
        Assert.Null(await _proxy.RecordAsync(_user));
    }

    [Fact]
    public async Task A_restart_goes_on_telling_X()
    {
        await using var world = await DurableWorld.StartAsync();
        var fault = world.Sandbox.Faults.Add(new() { Endpoint = "revoke", Variant = FaultVariant.Empty });
        await using (var before = await world.StartProxyAsync())
            await NotYetRevokedAsync((await before.SignInAsync("alice")).Http);
        world.Sandbox.Faults.Remove(fault);

        var forgotten = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var restarted = await world.StartProxyAsync(customize: builder =>
            builder.TapStore<SessionRecord>(store =>
                store.AfterWrite = (_, record) =>
                {
                    if (record is null)
                        forgotten.SetResult();
                    return Task.CompletedTask;
                }
            )
        );
        await forgotten.Task;
        Assert.Equal(0, await world.Sandbox.LiveAccessTokensAsync());
    }

    [Fact]
    public async Task A_sign_out_during_a_refresh_revokes_the_new_pair_too()
    {
        var stalled = _sandbox.Faults.Add(new() { Endpoint = "token", StallAfterEffect = true });
        var refresh = _session.RefreshAsync();
        await _sandbox.Faults.WaitUntilHitAsync(stalled);
        await ProxyHost.ReadAsync(await _session.DeleteAsync("/v1/session"));
        _sandbox.Faults.Release(stalled);
        await Refusal.ExpectAsync(await refresh, 401, "session_ended");

        await _proxy.MaintainAsync();
        Assert.Equal(4, _sandbox.Counters.Responses("POST /2/oauth2/revoke", 200));
        Assert.Equal(0, await _sandbox.LiveAccessTokensAsync(_user));
        Assert.Null(await _proxy.RecordAsync(_user));
    }

    [Fact]
    public async Task A_sign_out_before_X_takes_up_the_refresh_leaves_nothing()
    {
        var stalled = _sandbox.Faults.Add(new() { Endpoint = "token", Stall = true });
        var refresh = _session.RefreshAsync();
        await _sandbox.Faults.WaitUntilHitAsync(stalled);
        await ProxyHost.ReadAsync(await _session.DeleteAsync("/v1/session"));
        _sandbox.Faults.Release(stalled);
        await Refusal.ExpectAsync(await refresh, 401, "session_ended");
        Assert.Null(await _proxy.RecordAsync(_user));
        Assert.Equal(0, await _sandbox.LiveAccessTokensAsync(_user));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_new_sign_in_during_a_refresh_keeps_its_own_grant(bool signedOutBetween)
    {
        await using var proxy = await ProxyHost.StartAsync(); // what is left to revoke is no other test's
        using var session = (await proxy.SignInAsync("alice")).Http;
        var stalled = proxy.Sandbox.Faults.Add(
            new()
            {
                Endpoint = "token",
                StallAfterEffect = true,
                Times = 1,
            }
        );
        var refresh = session.RefreshAsync();
        await proxy.Sandbox.Faults.WaitUntilHitAsync(stalled);
        if (signedOutBetween)
            await ProxyHost.ReadAsync(await session.DeleteAsync("/v1/session"));
        var again = await proxy.SignInAsync("alice");
        var grant = (await proxy.RecordAsync())!.Grant;
        proxy.Sandbox.Faults.Release(stalled);
        using var answer = await refresh;
        Assert.Equal(signedOutBetween ? HttpStatusCode.Unauthorized : HttpStatusCode.OK, answer.StatusCode);

        Assert.Equal(grant!.AccessToken, (await proxy.RecordAsync())!.Grant!.AccessToken);
        await ProxyHost.ReadAsync(await again.Http.GetAsync(Accounts.AnyCall));
        await ProxyHost.ReadAsync(await again.Http.RefreshAsync());
    }

    private Task NotYetRevokedAsync() => NotYetRevokedAsync(_session);

    private static async Task NotYetRevokedAsync(HttpClient session)
    {
        using var response = await session.DeleteAsync("/v1/session");
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.False((await ProxyHost.ReadAsync(response)).GetProperty("revoked_at_x").GetBoolean());
    }

    private static async Task EndedAsync(HttpClient session)
    {
        await Refusal.ExpectAsync(await session.GetAsync(Accounts.AnyCall), 401, "session_ended");
        await Refusal.ExpectAsync(await session.GetAsync("/v1/session"), 401, "session_ended");
        await Refusal.ExpectAsync(await session.RefreshAsync(), 401, "session_ended");
        await Refusal.ExpectAsync(await session.DeleteAsync("/v1/session"), 401, "session_ended");
    }

    public sealed class OneProxy : SharedClockedProxy
    {
        private protected override ProxySetup Setup => new() { Customize = builder => builder.WithoutMaintenance() };
    }
}
