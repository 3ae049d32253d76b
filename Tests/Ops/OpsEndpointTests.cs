using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Api.Ops;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Grains.Sessions;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Ops;

/// <summary>What operators and load balancers ask a node.</summary>
public sealed class OpsEndpointTests(OpsEndpointTests.OneProxy shared) : IClassFixture<OpsEndpointTests.OneProxy>
{
    private const string Key = "a key of the operators";

    private static readonly ProxySetup WithKey = new()
    {
        Settings = new Dictionary<string, string>
        {
            ["Ops:AdminKeys:0"] = ApiKey.Hash(Key),
            ["Clients:app:ApiKeys:0"] = ApiKey.Hash(ProxyHost.ApiKey),
            ["Cluster:Dashboard"] = "true",
        },
    };

    private readonly ProxyHost _proxy = shared.Host;

    [Theory]
    [InlineData("/dashboard")]
    [InlineData("/dashboard/")]
    [InlineData("/dashboard/DashboardCounters")]
    [InlineData("/dashboard/index.min.js")]
    public async Task Nothing_of_the_dashboard_is_shown_without_an_admin_key(string path)
    {
        var answer = await _proxy.Http.GetAsync(path);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Basic", answer.Headers.WwwAuthenticate.Single().Scheme);
    }

    [Theory]
    [InlineData("X-Admin-Key", "wrong")]
    [InlineData("X-Admin-Key", "")]
    [InlineData("X-Admin-Key", OpsOptions.DevelopmentKey)] // good only while no key is configured
    [InlineData("X-Admin-Key", ProxyHost.ApiKey)]
    [InlineData("Authorization", "Basic !!!")]
    [InlineData("Authorization", "Basic bm8gY29sb24=")]
    [InlineData("Authorization", "Bearer a key of the operators")]
    public async Task A_wrong_key_opens_nothing(string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/dashboard/DashboardCounters");
        request.Headers.TryAddWithoutValidation(header, value);

        Assert.Equal(HttpStatusCode.Unauthorized, (await _proxy.Http.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task The_key_opens_the_dashboard_as_a_header_and_as_a_browsers_password()
    {
        using var header = new HttpRequestMessage(HttpMethod.Get, "/dashboard/DashboardCounters") { Headers = { { "X-Admin-Key", Key } } };
        using var basic = new HttpRequestMessage(HttpMethod.Get, "/dashboard/DashboardCounters");
        basic.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"anyone:{Key}")));

        Assert.Equal(HttpStatusCode.OK, (await _proxy.Http.SendAsync(header)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _proxy.Http.SendAsync(basic)).StatusCode);
    }

    [Fact]
    public async Task The_dashboard_counts_calls_from_the_first_look_at_it()
    {
        await using var proxy = await ProxyHost.StartAsync(WithKey); // at which nobody has looked
        var alice = await proxy.SignInAsync("alice");

        await Eventually.TrueAsync("the dashboard shows the call", TimeSpan.FromSeconds(10), async () =>
        {
            await ProxyHost.ReadAsync(await alice.Http.GetAsync("/v1/users/me"));
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/dashboard/GrainStats/{typeof(UserSessionGrain).FullName}")
            {
                Headers = { { "X-Admin-Key", Key } },
            };
            var methods = await ProxyHost.ReadAsync(await proxy.Http.SendAsync(request));
            return methods
                .EnumerateObject()
                .Any(method =>
                    method.Name.EndsWith($".{nameof(UserSessionGrain.SendAsync)}", StringComparison.Ordinal)
                    && method.Value.EnumerateObject().Any(second => second.Value.GetProperty("count").GetInt64() > 0)
                );
        });
    }

    [Fact]
    public async Task The_dashboard_has_Orleans_counters_from_the_first_look_at_it()
    {
        var silo = _proxy.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress.ToParsableString();

        await Eventually.TrueAsync("the dashboard lists Orleans' counters", TimeSpan.FromSeconds(10), async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/dashboard/SiloCounters/{silo}")
            {
                Headers = { { "X-Admin-Key", Key } },
            };
            return (await ProxyHost.ReadAsync(await _proxy.Http.SendAsync(request))).GetArrayLength() > 0;
        });
    }

    [Fact]
    public async Task A_silo_that_is_not_to_serve_the_dashboard_does_not()
    {
        await using var without = await ProxyHost.StartAsync(
            new() { Settings = new Dictionary<string, string> { ["Cluster:Dashboard"] = "false" } }
        );

        Assert.Equal(HttpStatusCode.NotFound, (await without.Http.GetAsync("/dashboard/")).StatusCode);
    }

    [Fact]
    public async Task A_node_that_is_told_to_stop_is_live_but_no_longer_ready()
    {
        await using var proxy = await ProxyHost.StartAsync(WithKey);
        Assert.Equal(HttpStatusCode.OK, (await proxy.Http.GetAsync("/healthz/ready")).StatusCode);

        proxy.Services.GetRequiredService<DrainState>().IsDraining = true;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await proxy.Http.GetAsync("/healthz/ready")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await proxy.Http.GetAsync("/healthz/live")).StatusCode);
    }

    [Theory]
    [InlineData("/healthz/live")]
    [InlineData("/v1/session")]
    [InlineData("/none")]
    public async Task A_node_that_is_told_to_stop_asks_clients_for_another_connection(string path)
    {
        await using var proxy = await ProxyHost.StartAsync(WithKey);
        Assert.Null((await proxy.Http.GetAsync(path)).Headers.ConnectionClose);

        proxy.Services.GetRequiredService<DrainState>().IsDraining = true;

        Assert.True((await proxy.Http.GetAsync(path)).Headers.ConnectionClose);
    }

    public sealed class OneProxy : SharedProxy
    {
        private protected override ProxySetup Setup => WithKey;
    }
}
