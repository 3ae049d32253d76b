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
    private async Task<string> SignInAsync()
    {
        var callback = await _proxy.Http.ConsentAsync(await _proxy.Http.BeginAsync(SignInSteps.ReturnUrl, apiKey: "web-key"), _user);
        using var redirect = await _proxy.Http.GetAsync(callback);
        return redirect.Headers.Location!.OriginalString.Query("handoff")!;
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
