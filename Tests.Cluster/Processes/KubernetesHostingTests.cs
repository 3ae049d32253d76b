using k8s;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting.Kubernetes;
using Orleans.Runtime;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Silo.Hosting;
using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Processes;

/// <summary>Silos that are pods of a stand-in for Kubernetes' API, in the database of the cluster of processes.</summary>
public sealed class KubernetesHostingTests(ClusterProcesses cluster, ITestOutputHelper output) : ProcessTest(cluster, output)
{
    [ProcessFact]
    public async Task A_silo_whose_pod_is_deleted_is_dead_at_once()
    {
        await using var api = await PodsApi.StartAsync("silo-a", "silo-b");
        await using var first = await StartAsync("silo-a", api, new FatalErrors());
        var errors = new FatalErrors();
        await using var second = await StartAsync("silo-b", api, errors);

        var names = await first
            .Services.GetRequiredService<IGrainFactory>()
            .GetGrain<IManagementGrain>(0)
            .GetDetailedHosts(onlyActive: true);
        Assert.Equal(["silo-a", "silo-b"], names.Select(silo => silo.SiloName).Order(StringComparer.Ordinal));
        Assert.Equal("kubernetes", api.Labels("silo-a")["orleans/clusterId"]);

        var deleted = TimeProvider.System.GetTimestamp();
        api.Delete("silo-b");
        Assert.Contains("dead", await errors.First.WaitAsync(TimeSpan.FromSeconds(20)), StringComparison.OrdinalIgnoreCase);
        Figure("From a pod's end to its silo's", TimeProvider.System.GetElapsedTime(deleted));
    }

    [ProcessFact]
    public async Task Outside_of_a_pod_it_does_not_start_and_says_why()
    {
        var refused = await Assert.ThrowsAsync<StartupException>(() => SiloApplication.BuildAsync(Settings()));

        Assert.StartsWith("Not started: Cluster__Kubernetes is set", refused.Message, StringComparison.Ordinal);
    }

    private async Task<WebApplication> StartAsync(string pod, PodsApi api, IFatalErrorHandler errors)
    {
        Environment.SetEnvironmentVariable("POD_NAME", pod);
        Environment.SetEnvironmentVariable("POD_NAMESPACE", PodsApi.Namespace);
        try
        {
            var app = await SiloApplication.BuildAsync(Settings(), builder =>
            {
                builder.Services.AddSingleton(errors);
                builder.Services.PostConfigure<KubernetesHostingOptions>(options =>
                    options.GetClientConfiguration = () => new KubernetesClientConfiguration { Host = api.Url }
                );
            });
            await app.StartAsync();
            return app;
        }
        finally
        {
            Environment.SetEnvironmentVariable("POD_NAME", null);
            Environment.SetEnvironmentVariable("POD_NAMESPACE", null);
        }
    }

    private string[] Settings() =>
        [
            "--urls=http://127.0.0.1:0",
            $"--Cluster:Database={Cluster.Database}",
            "--Cluster:ClusterId=kubernetes",
            "--Cluster:Kubernetes=true",
            "--Cluster:Dashboard=false",
            "--Cluster:AdvertisedAddress=127.0.0.1",
            $"--Cluster:SiloPort={FreePorts.Next()}",
            $"--Cluster:GatewayPort={FreePorts.Next()}",
            "--Twitter:ClientId=sandbox-client",
            "--Twitter:ClientSecret=sandbox-secret",
            $"--Twitter:ApiBaseUrl={Cluster.Sandbox}",
            $"--Twitter:AuthorizeUrl={new Uri(Cluster.Sandbox, "/i/oauth2/authorize")}",
        ];

    /// <summary>Orleans' own ends the process, which is the test run here.</summary>
    private sealed class FatalErrors : IFatalErrorHandler
    {
        private readonly TaskCompletionSource<string> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> First => _first.Task;

        public bool IsUnexpected(Exception exception) => true;

        public void OnFatalException(object? sender, string? context, Exception? exception) =>
            _first.TrySetResult($"{context} {exception?.Message}");
    }
}
