using System.Net;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.SignIn;

/// <summary>Two clients with sessions on one account: what one does must not end or starve the other.</summary>
public sealed class SharedAccountTests(SharedAccountTests.TwoClients shared) : IClassFixture<SharedAccountTests.TwoClients>
{
    private const string Me = "GET /2/users/me";
    private const string Tokens = "POST /2/oauth2/token";

    private readonly ProxyHost _proxy = shared.Host;
    private readonly string _user = shared.Begin();

    [Fact]
    public async Task Signing_out_of_all_ends_the_clients_own_sessions_alone()
    {
        var (own, ownToo, other) = (await SignInAsync("one-key"), await SignInAsync("one-key"), await SignInAsync("two-key"));

        var result = await ProxyHost.ReadAsync(await own.DeleteAsync("/v1/session?all=true"));

        Assert.Equal(1, result.GetProperty("sessions_left").GetInt32());
        await Refusal.ExpectAsync(await own.GetAsync("/v1/session"), 401, "session_ended");
        await Refusal.ExpectAsync(await ownToo.GetAsync("/v1/session"), 401, "session_ended");
        await ProxyHost.ReadAsync(await other.GetAsync(Accounts.AnyCall));
        Assert.Equal(0, _proxy.Sandbox.Counters.Requests("revoke"));
    }

    [Fact]
    public async Task A_client_that_has_used_up_what_it_may_leaves_room_for_anothers_sign_in()
    {
        _proxy.Sandbox.Limits.Set(Me, new() { PerUser = 30 });
        var greedy = await SignInAsync("one-key");
        HttpResponseMessage answer;
        do answer = await greedy.GetAsync("/2/users/me");
        while (answer.StatusCode is HttpStatusCode.OK);

        var refusal = await Refusal.ExpectAsync(answer, 429, "rate_limited");
        Assert.Contains("reserved for sign-ins", refusal.Detail, StringComparison.Ordinal);
        Assert.Equal(0, _proxy.Sandbox.Counters.Overspent);
        for (var i = 0; i < 3; i++)
            await SignInAsync("two-key");
    }

    [Fact]
    public async Task A_sign_in_that_X_refuses_for_its_limit_is_told_so_with_the_time_to_come_back()
    {
        _proxy.Sandbox.Limits.Exhaust(Me, _user);

        var callback = await _proxy.Http.ConsentAsync(await _proxy.Http.BeginAsync(apiKey: "one-key"), _user);
        var refusal = await Refusal.ExpectAsync(await _proxy.Http.GetAsync(callback), 429, "rate_limited");

        Assert.Contains(Me, refusal.Detail, StringComparison.Ordinal);
        Assert.InRange(refusal.RetryAfter!.Value, 60, 900);
    }

    [Fact]
    public async Task A_client_leaves_the_last_tenth_of_a_window_to_the_accounts_other_clients()
    {
        const string user = "GET /2/users/by/username/{username}";
        _proxy.Sandbox.Limits.Set(user, new() { PerUser = 20 });
        var (greedy, modest) = (await SignInAsync("one-key"), await SignInAsync("two-key"));
        HttpResponseMessage answer;
        do answer = await greedy.GetAsync(Accounts.AnyCall);
        while (answer.StatusCode is HttpStatusCode.OK);

        var refusal = await Refusal.ExpectAsync(answer, 429, "rate_limited");
        Assert.Contains("reserved for the account's other clients", refusal.Detail, StringComparison.Ordinal);
        Assert.Equal(18, _proxy.Sandbox.Counters.Requests(user));
        for (var i = 0; i < 2; i++)
            await ProxyHost.ReadAsync(await modest.GetAsync(Accounts.AnyCall));
        Assert.Equal(0, _proxy.Sandbox.Counters.Overspent);
    }

    [Fact]
    public async Task Refreshes_one_after_another_are_one_at_X_until_half_a_minute_has_passed()
    {
        var session = await SignInAsync("one-key");
        var before = _proxy.Sandbox.Counters.Requests(Tokens);
        var first = await ProxyHost.ReadAsync(await session.RefreshAsync());

        for (var i = 0; i < 60; i++)
        {
            var next = await ProxyHost.ReadAsync(await session.RefreshAsync());
            Assert.Equal(first.GetProperty("last_refreshed_at").GetString(), next.GetProperty("last_refreshed_at").GetString());
        }

        Assert.Equal(before + 1, _proxy.Sandbox.Counters.Requests(Tokens));
        shared.Clock.Advance(TimeSpan.FromSeconds(30));
        await ProxyHost.ReadAsync(await session.RefreshAsync());
        Assert.Equal(before + 2, _proxy.Sandbox.Counters.Requests(Tokens));
    }

    private async Task<HttpClient> SignInAsync(string apiKey)
    {
        var client = _proxy.NewClient();
        var callback = await client.ConsentAsync(await client.BeginAsync(apiKey: apiKey), _user);
        client.Carry(await ProxyHost.ReadAsync(await client.GetAsync(callback)));
        return client;
    }

    public sealed class TwoClients : SharedClockedProxy
    {
        private protected override ProxySetup Setup =>
            new()
            {
                Settings = new Dictionary<string, string>
                {
                    ["Clients:one:ApiKeys:0"] = ApiKey.Hash("one-key"),
                    ["Clients:two:ApiKeys:0"] = ApiKey.Hash("two-key"),
                },
            };
    }
}
