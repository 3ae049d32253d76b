using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Forwarding;

/// <summary>Operators look at the circuit and work it.</summary>
public sealed class CircuitControlTests : IAsyncLifetime
{
    private const string Key = "a key of the operators";

    private ProxyHost _proxy = null!;
    private SignedIn _alice = null!;
    private HttpClient _ops = null!;

    public async Task InitializeAsync()
    {
        _proxy = await ProxyHost.StartAsync(
            new()
            {
                Settings = new Dictionary<string, string>
                {
                    ["Ops:AdminKeys:0"] = ApiKey.Hash(Key),
                    ["Clients:app:ApiKeys:0"] = ApiKey.Hash(ProxyHost.ApiKey),
                    ["Circuit:MinimumThroughput"] = "4",
                },
            }
        );
        _alice = await _proxy.SignInAsync("alice");
        _ops = _proxy.NewClient();
        _ops.DefaultRequestHeaders.Add("X-Admin-Key", Key);
    }

    public async Task DisposeAsync()
    {
        _ops.Dispose();
        await _proxy.DisposeAsync();
    }

    [Fact]
    public async Task A_family_that_an_operator_isolates_is_refused_without_a_time_until_it_is_closed()
    {
        var isolated = await WorkAsync("isolate", "users");
        await _proxy.SettleAsync();

        var problem = await Problem.ReadAsync(await _alice.Http.GetAsync("/2/users/me"));
        Assert.Equal((503, "circuit_open", null), (problem.Status, problem.Reason, problem.RetryAfter));
        Assert.Equal("isolated", StateOf(isolated, "users"));
        Assert.Equal(HttpStatusCode.OK, (await _alice.Http.GetAsync("/v1/timelines/user")).StatusCode);

        Assert.Equal("closed", StateOf(await WorkAsync("close", "users"), "users"));
        await _proxy.SettleAsync();
        Assert.Equal(HttpStatusCode.OK, (await _alice.Http.GetAsync("/2/users/me")).StatusCode);
    }

    [Fact]
    public async Task Without_a_family_all_of_X_is_meant()
    {
        Assert.Equal("isolated", StateOf(await WorkAsync("isolate", null), "overall"));
        await _proxy.SettleAsync();
        foreach (var path in (string[])["/2/users/me", "/v1/timelines/user"])
            Assert.Equal("circuit_open", (await Problem.ReadAsync(await _alice.Http.GetAsync(path))).Reason);

        await WorkAsync("close", null);
        await _proxy.SettleAsync();

        Assert.Equal(HttpStatusCode.OK, (await _alice.Http.GetAsync("/2/users/me")).StatusCode);
    }

    [Fact]
    public async Task An_operator_closes_what_Xs_failures_had_opened()
    {
        var outage = _proxy.Sandbox.Faults.Add(new() { Endpoint = "GET /2/users/{id}", Variant = FaultVariant.UnavailableJson });
        for (var i = 0; i < 20; i++)
            await _alice.Http.GetAsync("/2/users/1");
        await _proxy.SettleAsync();
        var open = await ProxyHost.ReadAsync(await _ops.GetAsync("/v1/ops/circuit"));
        Assert.Equal("open", StateOf(open, "users"));
        Assert.InRange(CircuitOf(open, "users").GetProperty("retry_after").GetInt32(), 1, 5);
        _proxy.Sandbox.Faults.Remove(outage);

        await WorkAsync("close", "users");
        await _proxy.SettleAsync();

        Assert.Equal(HttpStatusCode.OK, (await _alice.Http.GetAsync("/2/users/me")).StatusCode);
    }

    [Fact]
    public async Task An_unknown_family_is_named_and_nothing_is_done()
    {
        var problem = await Problem.ReadAsync(await _ops.PostAsJsonAsync("/v1/ops/circuit/isolate", new { family = "tweet" }));

        Assert.Equal((400, "invalid_request"), (problem.Status, problem.Reason));
        Assert.Contains("tweets", problem.Body.GetProperty("errors").GetProperty("family")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await _alice.Http.GetAsync("/2/users/me")).StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("wrong")]
    [InlineData("dev-admin")] // good only while no key is configured
    [InlineData(ProxyHost.ApiKey)]
    public async Task Nobody_works_it_without_an_admin_key(string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/ops/circuit/isolate");
        if (key is not null)
            request.Headers.Add("X-Admin-Key", key);

        var answer = await _proxy.Http.SendAsync(request);

        Assert.Equal((401, "admin_key_invalid"), ((await Problem.ReadAsync(answer)).Status, (await Problem.ReadAsync(answer)).Reason));
        Assert.Equal("Basic", answer.Headers.WwwAuthenticate.Single().Scheme);
        Assert.Equal(HttpStatusCode.OK, (await _alice.Http.GetAsync("/2/users/me")).StatusCode);
    }

    private async Task<JsonElement> WorkAsync(string verb, string? family) =>
        await ProxyHost.ReadAsync(await _ops.PostAsJsonAsync($"/v1/ops/circuit/{verb}", new { family }));

    private static string? StateOf(JsonElement circuits, string family) => CircuitOf(circuits, family).GetProperty("state").GetString();

    private static JsonElement CircuitOf(JsonElement circuits, string family) =>
        circuits.GetProperty("circuits").EnumerateArray().Single(circuit => circuit.GetProperty("family").GetString() == family);
}
