using System.Globalization;
using System.Net;
using System.Text.Json;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Limits;

/// <summary>What GET /v1/limits shows, and windows on an X whose clock is not ours.</summary>
public sealed class LimitsEndpointTests : IAsyncLifetime
{
    private const string Me = "GET /2/users/me";

    private readonly ManualClock _clock = new();
    private readonly ManualClock _clockOfX = new(new ManualClock().GetUtcNow() + TimeSpan.FromMinutes(-4));
    private SandboxServer _x = null!;
    private ProxyHost _proxy = null!;
    private SignedIn _alice = null!;

    public async Task InitializeAsync()
    {
        _x = await SandboxServer.StartAsync(new() { Url = "http://127.0.0.1:0" }, _clockOfX);
        ShowDate();
        _proxy = await ProxyHost.StartAsync(new() { Clock = _clock, Sandbox = _x });
        _alice = await _proxy.SignInAsync("alice");
    }

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _x.DisposeAsync();
    }

    [Fact]
    public async Task A_window_is_shown_with_what_is_used_the_rate_and_when_that_ends_it()
    {
        _x.Limits.Set(Me, new() { PerUser = 100 });
        for (var i = 0; i < 30; i++)
            await _alice.Http.GetAsync("/2/users/me");

        var window = await WindowAsync();

        Assert.Equal(
            (100, 30, 70),
            (window.GetProperty("limit").GetInt32(), window.GetProperty("used").GetInt32(), window.GetProperty("remaining").GetInt32())
        );
        Assert.InRange(window.GetProperty("per_minute").GetDouble(), 25, 40);
        Assert.InRange(
            window.GetProperty("exhausted_at").GetDateTimeOffset() - _clock.GetUtcNow(),
            TimeSpan.FromSeconds(90),
            TimeSpan.FromSeconds(180)
        );
    }

    [Fact]
    public async Task A_sign_in_counts_as_the_call_it_makes_for_the_account()
    {
        await _proxy.SignInAsync("alice");

        Assert.Equal(73, (await WindowAsync()).GetProperty("remaining").GetInt32());
        // As X counts them.
        Assert.Equal("72", Assert.Single((await _alice.Http.GetAsync("/2/users/me")).Headers.GetValues("x-rate-limit-remaining")));
    }

    [Fact]
    public async Task A_window_that_resets_before_it_runs_out_has_no_end()
    {
        _x.Limits.Set(Me, new() { PerUser = 100 });
        await _alice.Http.GetAsync("/2/users/me");
        Assert.Equal(JsonValueKind.Null, (await WindowAsync()).GetProperty("exhausted_at").ValueKind);
    }

    [Fact]
    public async Task Resets_of_an_X_whose_clock_is_behind_are_told_by_ours_and_kept_by_its_own()
    {
        _x.Limits.Set(Me, new() { PerUser = 1 });
        await _alice.Http.GetAsync("/2/users/me");

        Assert.Equal(_clock.GetUtcNow().AddMinutes(15), (await WindowAsync()).GetProperty("reset_at").GetDateTimeOffset());
        var refused = await Problem.ReadAsync(await _alice.Http.GetAsync("/2/users/me"));
        Assert.Equal(("rate_limited", 900), (refused.Reason, refused.RetryAfter));
        _clock.Advance(TimeSpan.FromSeconds(900));
        _clockOfX.Advance(TimeSpan.FromSeconds(900));
        Assert.Equal(HttpStatusCode.OK, (await _alice.Http.GetAsync("/2/users/me")).StatusCode);
        Assert.Equal(0, _x.Counters.Overspent);
    }

    [Theory]
    [InlineData(FaultVariant.CreditsDepleted, "credits_depleted")]
    [InlineData(FaultVariant.UsageCapped, "usage_capped")]
    public async Task What_no_reset_brings_back_is_shown_and_holds_no_call_back(FaultVariant refusal, string kind)
    {
        Befall(
            new()
            {
                Endpoint = Me,
                Variant = refusal,
                Times = 2,
            }
        );
        var seen = _x.Counters.Requests(Me);
        await _alice.Http.GetAsync("/2/users/me");
        _clock.Advance(TimeSpan.FromMinutes(1));
        await _alice.Http.GetAsync("/2/users/me");
        Assert.Equal(2, _x.Counters.Requests(Me) - seen);

        var cap = Assert.Single((await LimitsAsync()).GetProperty("caps").EnumerateArray());

        Assert.Equal((Me, kind), (cap.GetProperty("endpoint_key").GetString(), cap.GetProperty("kind").GetString()));
        Assert.Equal(
            TimeSpan.FromMinutes(1),
            cap.GetProperty("last_seen_at").GetDateTimeOffset() - cap.GetProperty("first_seen_at").GetDateTimeOffset()
        );
        Assert.Equal(HttpStatusCode.OK, (await _alice.Http.GetAsync("/2/users/me")).StatusCode);
        Assert.Empty((await LimitsAsync()).GetProperty("caps").EnumerateArray());
    }

    [Fact]
    public async Task An_hour_after_X_said_so_last_a_cap_is_forgotten()
    {
        Befall(
            new()
            {
                Endpoint = Me,
                Variant = FaultVariant.CreditsDepleted,
                Times = 1,
            }
        );
        await _alice.Http.GetAsync("/2/users/me");
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Empty((await LimitsAsync()).GetProperty("caps").EnumerateArray());
    }

    [Fact]
    public async Task A_429_of_no_kind_holds_the_endpoint_back_though_its_headers_have_calls_left()
    {
        Befall(
            new()
            {
                Endpoint = Me,
                Status = 429,
                Body = """{"title":"Too Many Requests","type":"about:blank","status":429}""",
                Times = 1,
            }
        );
        Assert.NotEqual("0", Assert.Single((await _alice.Http.GetAsync("/2/users/me")).Headers.GetValues("x-rate-limit-remaining")));
        Assert.Equal(60, (await Problem.ReadAsync(await _alice.Http.GetAsync("/2/users/me"))).RetryAfter);
    }

    // The first fault that fits decides: X's Date, which is the machine's own, comes last.
    private void Befall(Fault fault)
    {
        _x.Faults.Clear();
        _x.Faults.Add(fault);
        ShowDate();
    }

    private void ShowDate() =>
        _x.Faults.Add(
            new()
            {
                Headers = new Dictionary<string, string?> { ["Date"] = _clockOfX.GetUtcNow().ToString("r", CultureInfo.InvariantCulture) },
            }
        );

    private async Task<JsonElement> LimitsAsync() => await ProxyHost.ReadAsync(await _alice.Http.GetAsync("/v1/limits"));

    private async Task<JsonElement> WindowAsync() =>
        (await LimitsAsync())
            .GetProperty("windows")
            .EnumerateArray()
            .Single(window => window.GetProperty("endpoint_key").GetString() == Me);
}
