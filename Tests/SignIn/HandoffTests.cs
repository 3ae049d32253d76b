using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.SignIn;

public sealed class HandoffTests(HandoffTests.OneProxy shared) : IClassFixture<HandoffTests.OneProxy>
{
    private readonly ManualClock _clock = shared.Clock;
    private readonly ProxyHost _proxy = shared.Host;
    private readonly string _user = shared.Begin();

    [Fact]
    public async Task A_handoff_is_exchanged_once()
    {
        var handoff = await SignInAsync();
        await ProxyHost.ReadAsync(await _proxy.Http.ExchangeAsync(handoff, "web-key"));
        await RefusedAsync(handoff);
    }

    [Fact]
    public async Task Of_exchanges_at_once_one_gets_the_session()
    {
        var handoff = await SignInAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _proxy.Http.ExchangeAsync(handoff, "web-key")));
        Assert.Single(answers, answer => answer.IsSuccessStatusCode);
        foreach (var answer in answers.Where(answer => !answer.IsSuccessStatusCode))
            await Refusal.ExpectAsync(answer, 400, "handoff_invalid");
    }

    [Fact]
    public async Task A_handoff_lives_sixty_seconds()
    {
        var handoff = await SignInAsync();
        _clock.Advance(TimeSpan.FromSeconds(60));
        await RefusedAsync(handoff);
    }

    [Fact]
    public async Task A_handoff_is_good_just_under_sixty_seconds()
    {
        var handoff = await SignInAsync();
        _clock.Advance(TimeSpan.FromSeconds(59));
        await ProxyHost.ReadAsync(await _proxy.Http.ExchangeAsync(handoff, "web-key"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_handoff_that_is_never_exchanged_leaves_nothing(bool hasAnotherSession)
    {
        using var other = hasAnotherSession ? await OtherSessionAsync() : null;
        await SignInAsync();
        Assert.Equal(hasAnotherSession ? 2 : 1, (await _proxy.RecordAsync(_user))!.Sessions.Count);
        _clock.Advance(TimeSpan.FromSeconds(60));

        await _proxy.MaintainAsync();

        if (other is null)
        {
            Assert.Null(await _proxy.RecordAsync(_user));
            Assert.Equal(0, await _proxy.Sandbox.LiveAccessTokensAsync(_user));
            return;
        }

        Assert.Single((await _proxy.RecordAsync(_user))!.Sessions);
        await ProxyHost.ReadAsync(await other.GetAsync(Accounts.AnyCall));
        Assert.Equal(0, _proxy.Sandbox.Counters.Requests("revoke"));
    }

    [Fact]
    public async Task A_handoff_that_is_never_exchanged_leaves_nothing_though_the_proxy_was_restarted_and_nobody_calls()
    {
        await using var world = await DurableWorld.StartAsync(_clock);
        await using (var before = await world.StartProxyAsync(SignInSteps.ReturnUrlRegistered))
            await SignInAsync(before, ProxyHost.ApiKey, "alice");
        _clock.Advance(TimeSpan.FromSeconds(60));

        await using var restarted = await world.StartProxyAsync(SignInSteps.ReturnUrlRegistered, builder => builder.WithoutMaintenance());

        await Eventually.TrueAsync("nothing is left", TimeSpan.FromSeconds(30), async () => await restarted.RecordAsync() is null);
        Assert.Equal(0, await world.Sandbox.LiveAccessTokensAsync());
    }

    [Fact]
    public async Task A_handoff_that_is_never_exchanged_ends_with_its_sign_in_though_its_account_has_left_memory()
    {
        await SignInAsync();
        _clock.Advance(TimeSpan.FromMinutes(12)); // the sign-in's reminder is due; the account's maintenance stands still here

        await SiloUnderTest.RemindSignInsAsync(_proxy.Services);

        Assert.Null(await _proxy.RecordAsync(_user));
        Assert.Equal(0, await _proxy.Sandbox.LiveAccessTokensAsync(_user));
    }

    [Fact]
    public async Task A_session_that_was_exchanged_outlives_the_handoff()
    {
        using var session = await OtherSessionAsync();
        _clock.Advance(TimeSpan.FromMinutes(12));
        await _proxy.MaintainAsync();
        await SiloUnderTest.RemindSignInsAsync(_proxy.Services);

        await ProxyHost.ReadAsync(await session.GetAsync(Accounts.AnyCall));
    }

    [Fact]
    public async Task The_answer_to_an_exchange_says_when_the_session_ends()
    {
        var opened = await ProxyHost.ReadAsync(await _proxy.Http.ExchangeAsync(await SignInAsync(), "web-key"));

        Assert.Equal(_clock.GetUtcNow().AddDays(180), opened.GetProperty("expires_at").GetDateTimeOffset());
        Assert.Equal(_clock.GetUtcNow().AddDays(30), opened.GetProperty("idle_expires_at").GetDateTimeOffset());
    }

    [Fact]
    public async Task Another_client_cannot_exchange_a_handoff_and_does_not_spend_it()
    {
        var handoff = await SignInAsync();
        await RefusedAsync(handoff, "other-key");
        await ProxyHost.ReadAsync(await _proxy.Http.ExchangeAsync(handoff, "web-key"));
    }

    [Fact]
    public async Task A_guess_at_the_secret_does_not_spend_the_handoff()
    {
        var handoff = await SignInAsync();
        await RefusedAsync(handoff.Split('.')[0] + ".guess");
        await ProxyHost.ReadAsync(await _proxy.Http.ExchangeAsync(handoff, "web-key"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("no-dot")]
    [InlineData("two.dots.here")]
    [InlineData(".secret")]
    [InlineData("state.")]
    public async Task What_is_no_handoff_is_refused_by_its_field(string? handoff)
    {
        var refusal = await Refusal.ExpectAsync(await _proxy.Http.ExchangeAsync(handoff, "web-key"), 400, "invalid_request");
        Assert.True(refusal.Body.GetProperty("errors").TryGetProperty("handoff", out _));
    }

    [Fact]
    public async Task A_state_is_no_handoff()
    {
        var url = await _proxy.Http.BeginAsync(SignInSteps.ReturnUrl, apiKey: "web-key");
        await RefusedAsync($"{url.Query("state")}.");
        await RefusedAsync($"{url.Query("state")}.secret");
    }

    /// <returns>The hand-over code that the browser brings back.</returns>
    private Task<string> SignInAsync() => SignInAsync(_proxy, "web-key", _user);

    private static async Task<string> SignInAsync(ProxyHost proxy, string apiKey, string user)
    {
        var callback = await proxy.Http.ConsentAsync(await proxy.Http.BeginAsync(SignInSteps.ReturnUrl, apiKey: apiKey), user);
        using var redirect = await proxy.Http.GetAsync(callback);
        return redirect.Headers.Location!.OriginalString.Query("handoff")!;
    }

    private async Task<HttpClient> OtherSessionAsync()
    {
        var client = _proxy.NewClient();
        client.Carry(await ProxyHost.ReadAsync(await _proxy.Http.ExchangeAsync(await SignInAsync(), "web-key")));
        return client;
    }

    private async Task RefusedAsync(string handoff, string apiKey = "web-key") =>
        await Refusal.ExpectAsync(
            await _proxy.Http.ExchangeAsync(handoff, apiKey),
            400,
            handoff.EndsWith('.') ? "invalid_request" : "handoff_invalid"
        );

    public sealed class OneProxy : SharedClockedProxy
    {
        private protected override ProxySetup Setup =>
            new()
            {
                Customize = builder => builder.WithoutMaintenance(),
                Settings = new Dictionary<string, string>
                {
                    ["Clients:web:ApiKeys:0"] = ApiKey.Hash("web-key"),
                    ["Clients:web:ReturnUrls:0"] = SignInSteps.ReturnUrl,
                    ["Clients:other:ApiKeys:0"] = ApiKey.Hash("other-key"),
                    ["Clients:other:ReturnUrls:0"] = SignInSteps.ReturnUrl,
                },
            };
    }
}
