using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Silo.Hosting;
using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Processes;

/// <summary>A cluster whose processes ask each other for certificates, in the database of the cluster of processes.</summary>
public sealed class ClusterTlsTests(ClusterProcesses cluster, ITestOutputHelper output) : ProcessTest(cluster, output)
{
    [ProcessFact]
    public async Task Only_processes_with_a_certificate_of_the_authority_join_and_call()
    {
        using var authority = new TestAuthority();
        using var foreign = new TestAuthority();
        await using var first = await StartAsync(SiloApplication.BuildAsync([.. SiloSettings(), .. Arguments(authority.Issue("silo1"))]));
        await using var second = await StartAsync(SiloApplication.BuildAsync([.. SiloSettings(), .. Arguments(authority.Issue("silo2"))]));
        await using var frontEnd = await StartAsync(FrontEndApplication.BuildAsync([.. Settings, .. Arguments(authority.Issue("api"))]));

        await using var balancer = new LoadBalancer([new Uri(frontEnd.Urls.First())]);
        foreach (var account in await balancer.SignInAsync($"tls{Guid.NewGuid().ToString("N")[..4]}x", 8))
            Assert.True((await balancer.ReadAsync(account)).Succeeded);

        var grains = first.Services.GetRequiredService<IGrainFactory>();
        Assert.Equal(2, (await grains.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true)).Count);
        await AssertNotLetInAsync(FrontEndApplication.BuildAsync([.. Settings])); // speaks no TLS
        await AssertNotLetInAsync(FrontEndApplication.BuildAsync([.. Settings, .. Arguments(foreign.Issue("api"))]));
    }

    private string[] Settings =>
        [
            "--urls=http://127.0.0.1:0",
            $"--Cluster:Database={Cluster.Database}",
            "--Cluster:ClusterId=tls",
            "--Cluster:DatabaseWait=00:00:00",
            "--Cluster:Dashboard=false",
            "--Twitter:ClientId=sandbox-client",
            "--Twitter:ClientSecret=sandbox-secret",
            $"--Twitter:ApiBaseUrl={Cluster.Sandbox}",
            $"--Twitter:AuthorizeUrl={new Uri(Cluster.Sandbox, "/i/oauth2/authorize")}",
        ];

    private string[] SiloSettings() =>
        [
            .. Settings,
            "--Cluster:AdvertisedAddress=127.0.0.1",
            $"--Cluster:SiloPort={FreePorts.Next()}",
            $"--Cluster:GatewayPort={FreePorts.Next()}",
        ];

    private static string[] Arguments(ClusterTlsOptions tls) =>
        [$"--Cluster:Tls:Certificate={tls.Certificate}", $"--Cluster:Tls:Key={tls.Key}", $"--Cluster:Tls:Authority={tls.Authority}"];

    private static async Task<WebApplication> StartAsync(Task<WebApplication> building)
    {
        var app = await building;
        await app.StartAsync();
        return app;
    }

    private static async Task AssertNotLetInAsync(Task<WebApplication> building)
    {
        await using var app = await building;
        await Assert.ThrowsAsync<Orleans.Runtime.Messaging.ConnectionFailedException>(() => app.StartAsync());
    }
}
