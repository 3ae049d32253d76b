using System.Net;
using System.Net.Http.Json;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Clients;

/// <summary>What a client may call and ask for.</summary>
public sealed class ClientPermissionEndpointTests
{
    [Fact]
    public async Task A_client_with_a_list_of_families_calls_those_and_no_others()
    {
        await using var proxy = await StartAsync(("EndpointFamilies:0", "users"), ("EndpointFamilies:1", "timelines"));
        var alice = await proxy.SignInAsync("alice");

        Assert.Equal(HttpStatusCode.OK, (await alice.Http.GetAsync("/2/users/me")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await alice.Http.GetAsync("/v1/timelines/user")).StatusCode);
        var before = proxy.Sandbox.Counters.Total;
        foreach (
            var refused in new[]
            {
                await alice.Http.PostAsJsonAsync("/v1/tweets", new { text = "a" }),
                await alice.Http.PostAsJsonAsync("/2/tweets", new { text = "a" }),
                await alice.Http.GetAsync("/2/brand/new"),
            }
        )
        {
            var problem = await Problem.ReadAsync(refused);
            Assert.Equal((403, "endpoint_not_allowed"), (problem.Status, problem.Reason));
            Assert.Contains("Clients:app:EndpointFamilies", problem.Detail, StringComparison.Ordinal);
        }

        Assert.Equal(before, proxy.Sandbox.Counters.Total);
    }

    [Fact]
    public async Task A_client_with_a_list_of_scopes_asks_for_those_and_no_others()
    {
        await using var proxy = await StartAsync(("Scopes:0", "tweet.read"), ("Scopes:1", "users.read"), ("Scopes:2", "offline.access"));

        var problem = await Problem.ReadAsync(
            await proxy.AuthorizeAsync(ProxyHost.ApiKey, new { scopes = new[] { "tweet.read", "users.read", "tweet.write" } })
        );
        Assert.Equal("invalid_request", problem.Reason);
        Assert.Contains("tweet.write", problem.ErrorsOf("scopes"), StringComparison.Ordinal);

        var started = await ProxyHost.ReadAsync(await proxy.AuthorizeAsync(ProxyHost.ApiKey));
        Assert.Contains(
            "scope=tweet.read%20users.read%20offline.access&",
            started.GetProperty("authorization_url").GetString() + "&",
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_call_beyond_the_scopes_of_the_session_is_refused_before_X_is_asked_and_names_the_scope()
    {
        await using var proxy = await StartAsync();
        var alice = await proxy.SignInAsync("alice", ["tweet.read", "users.read", "offline.access"]);
        var before = proxy.Sandbox.Counters.Total;

        var problem = await Problem.ReadAsync(await alice.Http.PostAsJsonAsync("/v1/tweets", new { text = "a" }));

        Assert.Equal((403, "scope_missing"), (problem.Status, problem.Reason));
        Assert.Contains("tweet.write", problem.Detail, StringComparison.Ordinal);
        Assert.Equal(before, proxy.Sandbox.Counters.Total);
    }

    private static Task<ProxyHost> StartAsync(params (string Setting, string Value)[] settings)
    {
        var all = settings.ToDictionary(setting => "Clients:app:" + setting.Setting, setting => setting.Value);
        all["Clients:app:ApiKeys:0"] = ApiKey.Hash(ProxyHost.ApiKey);
        return ProxyHost.StartAsync(new() { Settings = all });
    }
}
