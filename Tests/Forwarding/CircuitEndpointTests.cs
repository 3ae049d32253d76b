using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Forwarding;

/// <summary>X failing on one family of endpoints, as callers see it.</summary>
public sealed class CircuitEndpointTests : OneAccountTest
{
    private static readonly TimeSpan BreakDuration = TimeSpan.FromSeconds(5);

    private Fault _outage = null!;

    private long SeenByX => X.Counters.Requests("GET /2/users/{id}");

    // Without repetitions: every failure that is counted here is one of a caller's.
    internal override ProxySetup Setup =>
        new()
        {
            Settings = new Dictionary<string, string>
            {
                ["Circuit:MinimumThroughput"] = "4",
                ["Circuit:BreakDuration"] = "00:00:05",
                ["Retries:MaxRetries"] = "0",
            },
        };

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _outage = X.Faults.Add(new() { Endpoint = "GET /2/users/{id}", Variant = FaultVariant.UnavailableJson });
    }

    [Fact]
    public async Task When_X_keeps_failing_the_family_is_refused_at_once_with_the_time_left()
    {
        await OpenAsync();
        Clock.Advance(TimeSpan.FromSeconds(1.5));

        var problem = await Problem.ReadAsync(await CallAsync());

        Assert.Equal((503, "circuit_open", true, 4), (problem.Status, problem.Reason, problem.Retryable, problem.RetryAfter));
        Assert.Equal(4, SeenByX);
    }

    [Fact]
    public async Task A_dry_run_tells_of_an_open_circuit_and_takes_no_probe_from_it()
    {
        await OpenAsync();
        Assert.Equal(("circuit_open", 5), await DryRunAsync());
        Clock.Advance(TimeSpan.FromSeconds(5));

        for (var i = 0; i < 3; i++)
            Assert.Equal((null, null), await DryRunAsync());
        Assert.Equal(4, SeenByX);
        X.Faults.Clear();
        Assert.Equal(HttpStatusCode.OK, (await CallAsync()).StatusCode);

        async Task<(string?, int?)> DryRunAsync()
        {
            var told = await ProxyHost.ReadAsync(
                await Alice.Http.PostAsJsonAsync("/v1/dry-run", new { method = "GET", path = "/2/users/1" })
            );
            return (
                told.GetProperty("reason").GetString(),
                told.GetProperty("retry_after") is { ValueKind: JsonValueKind.Number } seconds ? seconds.GetInt32() : null
            );
        }
    }

    [Fact]
    public async Task Other_endpoints_of_the_family_are_spared_too_and_other_families_go_on()
    {
        await OpenAsync();

        Assert.Equal("circuit_open", (await Problem.ReadAsync(await Alice.Http.GetAsync("/2/users/me"))).Reason);
        Assert.Equal(HttpStatusCode.OK, (await Alice.Http.GetAsync("/v1/timelines/user")).StatusCode);
    }

    [Fact]
    public async Task After_the_break_one_probe_goes_and_its_success_closes_the_circuit()
    {
        await OpenAsync();
        X.Faults.Remove(_outage);
        var stall = X.Faults.Add(new() { Endpoint = "GET /2/users/{id}", Stall = true });
        Clock.Advance(BreakDuration);

        var probe = CallAsync();
        await X.Faults.WaitUntilHitAsync(stall);
        Assert.Equal("circuit_open", (await Problem.ReadAsync(await CallAsync())).Reason);
        Assert.Equal(5, SeenByX);
        X.Faults.Remove(stall);

        await ProxyHost.ReadAsync(await probe);
        await Proxy.SettleAsync();
        await ProxyHost.ReadAsync(await CallAsync());
    }

    [Fact]
    public async Task A_probe_that_fails_opens_the_circuit_for_a_longer_break()
    {
        await OpenAsync();
        Clock.Advance(BreakDuration);

        Assert.Equal("Service Unavailable", (await ProblemOfXAsync(await CallAsync())).Title); // the probe's answer is X's own
        await Proxy.SettleAsync();
        var problem = await Problem.ReadAsync(await CallAsync());

        Assert.Equal(("circuit_open", 10), (problem.Reason, problem.RetryAfter));
        Assert.Equal(5, SeenByX);
    }

    [Fact]
    public async Task A_hung_probe_gives_its_place_to_the_next_after_a_break()
    {
        await OpenAsync();
        X.Faults.Remove(_outage);
        var hung = X.Faults.Add(
            new()
            {
                Endpoint = "GET /2/users/{id}",
                Stall = true,
                Times = 1,
            }
        );
        Clock.Advance(BreakDuration);
        var probe = CallAsync();
        await X.Faults.WaitUntilHitAsync(hung);
        await Proxy.SettleAsync();
        Assert.Equal("circuit_open", (await Problem.ReadAsync(await CallAsync())).Reason);

        Clock.Advance(BreakDuration);
        await ProxyHost.ReadAsync(await CallAsync()); // the next one probes, and finds X well
        await Proxy.SettleAsync();

        await ProxyHost.ReadAsync(await CallAsync());
        X.Faults.Release();
        await ProxyHost.ReadAsync(await probe);
    }

    [Fact]
    public async Task A_flapping_X_is_left_alone_for_longer_each_time()
    {
        List<int?> breaks = [];
        for (var i = 0; i < 3; i++)
        {
            await OpenAsync();
            var left = (await Problem.ReadAsync(await CallAsync())).RetryAfter;
            breaks.Add(left);
            X.Faults.Remove(_outage);
            Clock.Advance(TimeSpan.FromSeconds(left!.Value));
            await ProxyHost.ReadAsync(await CallAsync());
            await Proxy.SettleAsync();
            _outage = X.Faults.Add(new() { Endpoint = "GET /2/users/{id}", Variant = FaultVariant.UnavailableJson });
        }

        Assert.Equal([5, 10, 20], breaks);
    }

    [Fact]
    public async Task Answers_that_X_takes_too_long_over_open_it()
    {
        X.Faults.Remove(_outage);
        List<Task<HttpResponseMessage>> calls = [];
        for (var i = 0; i < 4; i++)
        {
            var stall = X.Faults.Add(
                new()
                {
                    Endpoint = "GET /2/users/{id}",
                    Stall = true,
                    Times = 1,
                }
            );
            calls.Add(CallAsync());
            await X.Faults.WaitUntilHitAsync(stall);
        }

        Clock.Advance(TimeSpan.FromSeconds(20)); // slow, but within the time a call may take
        X.Faults.Release();
        foreach (var call in calls)
            await ProxyHost.ReadAsync(await call);
        await Proxy.SettleAsync();

        Assert.Equal("circuit_open", (await Problem.ReadAsync(await CallAsync())).Reason);
    }

    [Theory]
    [InlineData(FaultVariant.Unauthorized)]
    [InlineData(FaultVariant.RateLimited)]
    [InlineData(FaultVariant.RateLimitedLegacy)]
    public async Task A_flood_of_an_accounts_own_refusals_closes_nobody_off(FaultVariant variant)
    {
        X.Faults.Remove(_outage);
        X.Faults.Add(new() { Endpoint = "GET /2/users/{id}", Variant = variant });
        for (var i = 0; i < 20; i++)
            Assert.NotEqual(HttpStatusCode.ServiceUnavailable, (await CallAsync()).StatusCode);
        await Proxy.SettleAsync();

        await ProxyHost.ReadAsync(await Alice.Http.GetAsync("/2/users/by/username/alice"));
    }

    [Theory]
    [InlineData(FaultVariant.Forbidden)]
    [InlineData(FaultVariant.PaymentRequired)]
    [InlineData(FaultVariant.NotFound)]
    [InlineData(FaultVariant.UsageCapped)]
    public async Task Refusals_of_X_never_open_it(FaultVariant variant)
    {
        X.Faults.Remove(_outage);
        X.Faults.Add(
            new()
            {
                Endpoint = "GET /2/users/{id}",
                Variant = variant,
                Times = 20,
            }
        );
        for (var i = 0; i < 20; i++)
            await CallAsync();
        await Proxy.SettleAsync();

        await ProxyHost.ReadAsync(await CallAsync());
        Assert.Equal(21, SeenByX);
    }

    private async Task OpenAsync()
    {
        for (var i = 0; i < 4; i++)
            Assert.Equal("Service Unavailable", (await ProblemOfXAsync(await CallAsync())).Title);
        await Proxy.SettleAsync();
    }

    private Task<HttpResponseMessage> CallAsync() => Alice.Http.GetAsync($"/2/users/{Alice.AccountId}");

    private static async Task<(int Status, string? Title)> ProblemOfXAsync(HttpResponseMessage response)
    {
        var body = System.Text.Json.JsonElement.Parse(await response.Content.ReadAsStringAsync());
        return ((int)response.StatusCode, body.GetProperty("title").GetString());
    }
}
