using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Sessions;

/// <summary>When a token is refreshed: ahead of its expiry, on demand, and when X refuses it early.</summary>
public sealed class RefreshTimingTests(RefreshTimingTests.OneProxy shared) : IClassFixture<RefreshTimingTests.OneProxy>, IAsyncLifetime
{
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

    [Fact]
    public async Task Care_refreshes_an_account_in_use_five_minutes_ahead_of_expiry_and_not_earlier()
    {
        var saved = PairSaved();
        _clock.Advance(TimeSpan.FromMinutes(115) - TimeSpan.FromSeconds(1));
        await CallAsync();
        await _proxy.MaintainAsync();
        Assert.False(saved.IsCompleted);
        Assert.Equal(0, Attempts);

        _clock.Advance(TimeSpan.FromSeconds(1));
        await _proxy.MaintainAsync();
        await saved;
        Assert.Equal(1, Attempts);
        Assert.Equal(_clock.GetUtcNow() + TimeSpan.FromHours(2), (await _proxy.RecordAsync(_user))!.Grant!.ExpiresAt);
    }

    [Fact]
    public async Task The_care_timer_runs_by_itself()
    {
        await using var sandbox = await SandboxServer.StartAsync(
            new() { Url = "http://127.0.0.1:0", AccessTokenLifetime = TimeSpan.FromSeconds(1) }
        ); // due at half its life
        await using var proxy = await ProxyHost.StartAsync(
            new()
            {
                Sandbox = sandbox,
                Settings = new Dictionary<string, string>
                {
                    ["Sessions:MaintenanceInterval"] = "00:00:00.100",
                    ["Sessions:RefreshBeforeExpiration"] = "00:30:00",
                },
            }
        );
        await proxy.Http.SignInAsync();
        await sandbox.Faults.WaitUntilHitAsync(sandbox.Faults.Add(new() { Endpoint = "token" })); // nobody calls
    }

    [Fact]
    public async Task A_call_near_expiry_does_not_wait_for_the_refresh_it_starts()
    {
        var saved = PairSaved();
        var stalled = _proxy.Sandbox.Faults.Add(new() { Endpoint = "token", Stall = true });
        _clock.Advance(TimeSpan.FromMinutes(116));
        await CallAsync();
        await _proxy.Sandbox.Faults.WaitUntilHitAsync(stalled);
        await CallAsync();
        _proxy.Sandbox.Faults.Release(stalled);
        await saved;
        Assert.Equal(1, Attempts);
    }

    [Fact]
    public async Task A_forced_refresh_answers_with_the_new_expiry()
    {
        _clock.Advance(TimeSpan.FromMinutes(1));
        var session = await ProxyHost.ReadAsync(await _session.RefreshAsync());
        Assert.Equal(_clock.GetUtcNow(), session.GetProperty("last_refreshed_at").GetDateTimeOffset());
        Assert.Equal(_clock.GetUtcNow() + TimeSpan.FromHours(2), session.GetProperty("access_token_expires_at").GetDateTimeOffset());
        Assert.Equal("active", session.GetProperty("grant_state").GetString());
        Assert.Equal(1, _proxy.Sandbox.Counters.RefreshesOf(_user));
        await CallAsync();
    }

    [Fact]
    public async Task A_401_on_a_live_token_is_cured_by_one_refresh_and_the_write_happens_once()
    {
        _clock.Advance(TimeSpan.FromMinutes(1));
        _proxy.Sandbox.Accounts.ExpireTokens(_user);
        using var posted = await PostAsync("once");
        Assert.Equal(201, (int)posted.StatusCode);
        Assert.Equal(1, _proxy.Sandbox.Counters.PostsOf("once"));
        Assert.Equal(2, _proxy.Sandbox.Counters.Requests("POST /2/tweets"));
        Assert.Equal((1, 1), (Attempts, _proxy.Sandbox.Counters.RefreshesOf(_user)));
    }

    [Fact]
    public async Task Writes_at_once_on_a_dead_token_share_the_refresh_and_happen_once_each()
    {
        _clock.Advance(TimeSpan.FromMinutes(1));
        _proxy.Sandbox.Accounts.ExpireTokens(_user);
        var texts = Enumerable.Range(0, 40).Select(i => $"text {i}").ToList();
        foreach (var posted in await Task.WhenAll(texts.Select(PostAsync)))
            Assert.Equal(201, (int)posted.StatusCode);
        Assert.All(texts, text => Assert.Equal(1, _proxy.Sandbox.Counters.PostsOf(text)));
        Assert.Equal((1, 1), (Attempts, _proxy.Sandbox.Counters.RefreshesOf(_user)));
    }

    [Fact]
    public async Task An_X_that_refuses_everything_does_not_cost_a_refresh_token_per_call()
    {
        _clock.Advance(TimeSpan.FromMinutes(1));
        _proxy.Sandbox.Faults.Add(new() { Endpoint = "GET /2/users/*", Variant = FaultVariant.Unauthorized });
        for (var i = 0; i < 30; i++)
            await UnauthorizedByXAsync();
        Assert.Equal(1, Attempts);

        _clock.Advance(TimeSpan.FromSeconds(30)); // no longer so young that another would be refused too
        for (var i = 0; i < 30; i++)
            await UnauthorizedByXAsync();
        Assert.Equal(2, Attempts);
    }

    [Fact]
    public async Task A_401_on_a_token_just_obtained_is_believed()
    {
        _proxy.Sandbox.Accounts.ExpireTokens(_user);
        await UnauthorizedByXAsync();
        Assert.Equal(0, Attempts);
    }

    [Fact]
    public async Task Without_offline_access_the_session_ends_with_its_access_token_and_says_why()
    {
        var bob = await _proxy.SignInAsync(_user + "_bob", ["tweet.read", "users.read"]);
        await Refusal.ExpectAsync(await bob.Http.RefreshAsync(), 403, "scope_missing");
        _clock.Advance(TimeSpan.FromHours(2));
        var refusal = await Refusal.ExpectAsync(await bob.Http.GetAsync(Accounts.AnyCall), 401, "reconnect_needed");
        Assert.Contains("offline.access", refusal.Detail, StringComparison.Ordinal);
        var session = await ProxyHost.ReadAsync(await bob.Http.GetAsync("/v1/session"));
        Assert.Equal("expired", session.GetProperty("grant_state").GetString());
        Assert.Equal(0, _proxy.Sandbox.Counters.RefreshAttemptsOf(_user + "_bob"));
    }

    private long Attempts => _proxy.Sandbox.Counters.RefreshAttemptsOf(_user);

    private Task<HttpResponseMessage> PostAsync(string text) =>
        _session.PostAsync("/v1/tweets", System.Net.Http.Json.JsonContent.Create(new { text }));

    private async Task CallAsync() => await ProxyHost.ReadAsync(await _session.GetAsync(Accounts.AnyCall));

    /// <summary>X's own 401 goes through unchanged: no problem of ours.</summary>
    private async Task UnauthorizedByXAsync()
    {
        using var response = await _session.GetAsync(Accounts.AnyCall);
        Assert.Equal(401, (int)response.StatusCode);
        Assert.DoesNotContain("urn:orleans-twitter-proxy", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private Task PairSaved()
    {
        var saved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var own = _proxy.Sandbox.Accounts.IdOf(_user);
        _proxy.Tapped<SessionRecord>().AfterWrite = (account, record) =>
        {
            if (account == own && CrashPoints.NameOf(record) == CrashPoints.PairSaved)
                saved.TrySetResult();
            return Task.CompletedTask;
        };
        return saved.Task;
    }

    public sealed class OneProxy : SharedClockedProxy
    {
        private protected override ProxySetup Setup =>
            new()
            {
                Customize = builder =>
                {
                    builder.WithoutMaintenance();
                    builder.TapStore<SessionRecord>();
                },
            };
    }
}
