using System.Net;
using System.Net.Http.Json;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Clients;

/// <summary>A client's own limits, apart from X's.</summary>
public sealed class ClientLimitTests
{
    private const string Slow = "GET /2/users/me";

    [Fact]
    public async Task A_client_that_has_used_up_its_rate_is_refused_and_the_others_are_not()
    {
        await using var proxy = await StartAsync(("TokenLimit", "3"), ("TokensPerPeriod", "1"), ("ReplenishmentPeriod", "01:00:00"));
        var limited = await proxy.SignInAsync("alice");
        using var other = proxy.NewClient();
        other.Carry(
            await ProxyHost.ReadAsync(await other.GetAsync(await other.ConsentAsync(await other.BeginAsync(apiKey: "other-key"), "bob")))
        );
        for (var i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.OK, (await limited.Http.GetAsync(Accounts.AnyCall)).StatusCode);
        var before = proxy.Sandbox.Counters.Total;

        var refused = await limited.Http.GetAsync(Accounts.AnyCall);

        var problem = await Refusal.ExpectAsync(refused, 429, "client_rate_limited");
        Assert.True(problem.Retryable);
        Assert.InRange(problem.RetryAfter!.Value, 3500, 3600);
        Assert.Contains("Clients:app:TokenLimit", problem.Detail, StringComparison.Ordinal);
        Assert.Equal(
            ("3", "0"),
            (refused.Headers.GetValues("x-rate-limit-limit").Single(), refused.Headers.GetValues("x-rate-limit-remaining").Single())
        );
        await Refusal.ExpectAsync(await limited.Http.GetAsync("/v1/users/me"), 429, "client_rate_limited"); // the simple routes count too
        var asked = await ProxyHost.ReadAsync(
            await limited.Http.PostAsJsonAsync("/v1/dry-run", new { method = "GET", path = "/2/users/me" })
        );
        Assert.Equal((false, "client_rate_limited"), (asked.GetProperty("would_go").GetBoolean(), asked.GetProperty("reason").GetString()));
        Assert.Equal(before, proxy.Sandbox.Counters.Total);
        for (var i = 0; i < 10; i++)
            Assert.Equal(HttpStatusCode.OK, (await other.GetAsync(Accounts.AnyCall)).StatusCode);
    }

    [Fact]
    public async Task A_client_has_no_more_calls_under_way_than_it_may_and_a_refusal_costs_no_token()
    {
        await using var proxy = await StartAsync(("PermitLimit", "2"), ("TokenLimit", "4"), ("ReplenishmentPeriod", "01:00:00"));
        var alice = await proxy.SignInAsync("alice");
        var stall = proxy.Sandbox.Faults.Add(new() { Endpoint = Slow, Stall = true });
        var calls = Enumerable.Range(0, 2).Select(_ => alice.Http.GetAsync("/2/users/me")).ToList();
        await proxy.Sandbox.Faults.WaitUntilHitAsync(stall, 2);

        for (var i = 0; i < 5; i++)
        {
            var problem = await Refusal.ExpectAsync(await alice.Http.GetAsync(Accounts.AnyCall), 429, "client_rate_limited");
            Assert.Contains("Clients:app:PermitLimit", problem.Detail, StringComparison.Ordinal);
        }

        proxy.Sandbox.Faults.Remove(stall);
        foreach (var call in calls)
            Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);
        for (var i = 0; i < 2; i++)
            Assert.Equal(HttpStatusCode.OK, (await alice.Http.GetAsync(Accounts.AnyCall)).StatusCode);
        await Refusal.ExpectAsync(await alice.Http.GetAsync(Accounts.AnyCall), 429, "client_rate_limited");
    }

    private static Task<ProxyHost> StartAsync(params (string Name, string Value)[] settings)
    {
        var all = settings.ToDictionary(setting => "Clients:app:" + setting.Name, setting => setting.Value);
        all["Clients:app:ApiKeys:0"] = ApiKey.Hash(ProxyHost.ApiKey);
        all["Clients:other:ApiKeys:0"] = ApiKey.Hash("other-key");
        return ProxyHost.StartAsync(new() { Clock = new ManualClock(), Settings = all });
    }
}
