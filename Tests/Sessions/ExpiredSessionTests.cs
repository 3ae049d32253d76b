using Microsoft.Extensions.DependencyInjection;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Tests.Queueing;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Sessions;

/// <summary>Sessions whose time is over, through the whole proxy: refused on every path, and cleaned up though nobody calls.</summary>
public sealed class ExpiredSessionTests : IAsyncLifetime
{
    private static readonly TimeSpan Idle = TimeSpan.FromHours(1);
    private static readonly TimeSpan Absolute = TimeSpan.FromMinutes(90); // no access token comes to be refreshed
    private static readonly byte[] Video = TusClient.Video(1_200_000);

    private static readonly Dictionary<string, string> Lifetimes = new()
    {
        ["Sessions:IdleLifetime"] = Idle.ToString(),
        ["Sessions:AbsoluteLifetime"] = Absolute.ToString(),
    };

    private readonly ManualClock _clock = new();
    private readonly DateTimeOffset _opened = new ManualClock().GetUtcNow();
    private DurableWorld _world = null!;
    private ProxyHost _proxy = null!;
    private SignedIn _alice = null!;

    public async Task InitializeAsync()
    {
        _world = await DurableWorld.StartAsync(_clock);
        _proxy = await _world.StartProxyAsync(Lifetimes, SiloUnderTest.WithoutMaintenance);
        _alice = await _proxy.SignInAsync("alice");
    }

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _world.DisposeAsync();
    }

    [Fact]
    public async Task Every_use_of_a_session_puts_its_idle_end_off_but_not_its_absolute_end()
    {
        var opened = _clock.GetUtcNow();
        _clock.Advance(Idle / 2);

        var session = await ProxyHost.ReadAsync(await _alice.Http.GetAsync("/v1/session"));

        Assert.Equal(_clock.GetUtcNow() + Idle, session.GetProperty("idle_expires_at").GetDateTimeOffset());
        Assert.Equal(opened + Absolute, session.GetProperty("expires_at").GetDateTimeOffset());
    }

    [Fact]
    public async Task The_answer_that_opens_a_session_says_when_it_ends()
    {
        var callback = await _proxy.Http.ConsentAsync(await _proxy.Http.BeginAsync());

        var opened = await ProxyHost.ReadAsync(await _proxy.Http.GetAsync(callback));

        Assert.Equal(_clock.GetUtcNow() + Idle, opened.GetProperty("idle_expires_at").GetDateTimeOffset());
        Assert.Equal(_clock.GetUtcNow() + Absolute, opened.GetProperty("expires_at").GetDateTimeOffset());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_expired_session_is_refused_on_every_path(bool restarted)
    {
        var path = await _alice.Http.BeginAsync(Video.Length);
        if (restarted)
            await RestartAsync();
        using var session = Session();

        _clock.Advance(Idle);

        await RefusedAsync(session.GetAsync(Accounts.AnyCall));
        await RefusedAsync(session.GetAsync("/v1/session"));
        await RefusedAsync(session.RefreshAsync());
        await RefusedAsync(session.GetAsync("/v1/limits"));
        await RefusedAsync(session.GetAsync(path));
        await RefusedAsync(session.PatchAsync(path, 0, Video));
        await RefusedAsync(session.DeleteAsync("/v1/session"));
        await _proxy.MaintainAsync();
        await RefusedAsync(session.GetAsync(Accounts.AnyCall));
    }

    [Fact]
    public async Task A_call_that_waits_in_the_queue_ends_with_its_session()
    {
        await UseUntilAsync(Absolute - TimeSpan.FromMinutes(14));
        _world.Sandbox.Limits.Set("GET /2/users/by/username/{username}", new() { PerUser = 1 });
        await ProxyHost.ReadAsync(await _alice.Http.GetAsync(Accounts.AnyCall)); // the window opens a minute after the session's end
        _clock.Advance(TimeSpan.FromMinutes(13));
        var waiting = _alice.WaitAsync(Accounts.AnyCall, seconds: 300);
        await _alice.InLineAsync(1);

        _clock.Advance(TimeSpan.FromMinutes(1));

        await RefusedAsync(waiting);
    }

    [Fact]
    public async Task A_stream_ends_with_its_session()
    {
        await UseUntilAsync(Absolute - TimeSpan.FromMinutes(1));
        var path = await _alice.Http.BeginAsync(Video.Length);
        using var events = await _alice.Http.GetAsync($"{path}/events", HttpCompletionOption.ResponseHeadersRead);
        var rest = events.Content.ReadAsStringAsync();

        await Eventually.TrueAsync("the stream ends", TimeSpan.FromSeconds(30), () =>
        {
            _clock.Advance(TimeSpan.FromSeconds(5));
            return Task.FromResult(rest.IsCompleted);
        });

        Assert.InRange(_clock.GetUtcNow() - _opened, Absolute, Absolute + Absolute);
        await RefusedAsync(_alice.Http.GetAsync("/v1/session"));
    }

    [Fact]
    public async Task When_the_last_session_of_an_account_that_nobody_calls_expires_its_grant_is_revoked_and_its_record_deleted()
    {
        Assert.Equal(1, await _world.Sandbox.LiveAccessTokensAsync());
        await RestartAsync(); // the account is not in memory, and nobody calls it

        _clock.Advance(Idle);

        await ForgottenAsync();
    }

    [Fact]
    public async Task What_expired_while_the_proxy_was_down_is_cleaned_up_at_its_start()
    {
        await _proxy.DisposeAsync();
        _clock.Advance(Idle);

        _proxy = await _world.StartProxyAsync(Lifetimes, SiloUnderTest.WithoutMaintenance);

        await ForgottenAsync();
    }

    [Fact]
    public async Task While_X_cannot_be_told_the_sweep_repeats_it()
    {
        var outage = _world.Sandbox.Faults.Add(new() { Endpoint = "revoke", Variant = Sandbox.FaultVariant.UnavailableJson });
        await RestartAsync();
        _clock.Advance(Idle);
        await Eventually.TrueAsync("X is asked in vain", TimeSpan.FromSeconds(30), async () =>
            await _proxy.RecordAsync() is { Sessions: [], Revocations.Count: 2 } && _world.Sandbox.Counters.Requests("revoke") >= 2
        );
        await RestartAsync(); // not even the account is in memory

        _world.Sandbox.Faults.Remove(outage);
        _clock.Advance(Idle);

        await ForgottenAsync();
    }

    [Fact]
    public async Task Without_settings_a_session_lives_thirty_days_unused()
    {
        await using var proxy = await ProxyHost.StartAsync(new() { Clock = _clock, Customize = SiloUnderTest.WithoutMaintenance });
        var alice = await proxy.SignInAsync("alice");

        var session = await ProxyHost.ReadAsync(await alice.Http.GetAsync("/v1/session"));

        Assert.Equal(_clock.GetUtcNow() + TimeSpan.FromDays(30), session.GetProperty("idle_expires_at").GetDateTimeOffset());
        Assert.Equal(_clock.GetUtcNow() + TimeSpan.FromDays(180), session.GetProperty("expires_at").GetDateTimeOffset());
    }

    private async Task UseUntilAsync(TimeSpan age)
    {
        for (var step = Idle / 2; _clock.GetUtcNow() - _opened + step < age; )
        {
            _clock.Advance(step);
            await ProxyHost.ReadAsync(await _alice.Http.GetAsync("/v1/session"));
        }

        _clock.Advance(_opened + age - _clock.GetUtcNow());
        await ProxyHost.ReadAsync(await _alice.Http.GetAsync("/v1/session"));
    }

    private async Task RestartAsync()
    {
        await _proxy.DisposeAsync();
        _proxy = await _world.StartProxyAsync(Lifetimes, SiloUnderTest.WithoutMaintenance);
    }

    private HttpClient Session()
    {
        var client = _proxy.NewClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", _alice.Token);
        return client;
    }

    private async Task ForgottenAsync()
    {
        await Eventually.TrueAsync("the record is deleted", TimeSpan.FromSeconds(30), async () => await _proxy.RecordAsync() is null);
        Assert.Equal(0, await _world.Sandbox.LiveAccessTokensAsync());
    }

    private static async Task RefusedAsync(Task<HttpResponseMessage> call)
    {
        var refusal = await Refusal.ExpectAsync(await call, 401, "session_ended");
        Assert.Contains("expired", refusal.Detail, StringComparison.Ordinal);
    }
}
