using k8s;
using k8s.Models;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Deploy;

/// <summary>
/// The Kubernetes manifests, read strictly: a field that Kubernetes does not know fails. What <c>deploy/check</c> does beside it needs
/// programs: kubectl renders the overlays.
/// </summary>
public sealed class ManifestTests
{
    private const int UserOfTheImages = 1654;

    private static readonly List<object> Objects =
    [
        .. Directory
            .EnumerateFiles(Path.Combine(CheckedIn.Root, "deploy", "kubernetes"), "*.yaml", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != "kustomization.yaml")
            .SelectMany(file => KubernetesYaml.LoadAllFromString(File.ReadAllText(file), strict: true)),
    ];

    public static TheoryData<string> Workloads => [.. Templates().Select(workload => workload.Name)];

    [Fact]
    public void Every_kind_of_process_is_there() =>
        Assert.Equal(
            ["front-end", "migrate", "sandbox", "silo"],
            Templates().Select(workload => workload.Name).Order(StringComparer.Ordinal)
        );

    [Theory]
    [MemberData(nameof(Workloads))]
    public void A_pod_has_no_right_that_it_does_not_need(string name)
    {
        var pod = Template(name).Spec;
        var container = Assert.Single(pod.Containers);

        Assert.True(pod.SecurityContext.RunAsNonRoot);
        Assert.Equal(UserOfTheImages, pod.SecurityContext.RunAsUser);
        Assert.Equal("RuntimeDefault", pod.SecurityContext.SeccompProfile.Type);
        Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
        Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
        Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
        Assert.Null(container.SecurityContext.Capabilities.Add);
        Assert.True(container.Resources.Requests.ContainsKey("memory") && container.Resources.Limits.ContainsKey("memory"));
        Assert.Contains(container.VolumeMounts, mount => mount.MountPath == "/tmp"); // .NET's diagnostics
        if (pod.AutomountServiceAccountToken is not false)
            Assert.False(
                Objects.OfType<V1ServiceAccount>().Single(account => account.Name() == pod.ServiceAccountName).AutomountServiceAccountToken
            );
    }

    [Theory]
    [InlineData("silo")]
    [InlineData("front-end")]
    public void A_process_of_the_cluster_is_probed_and_has_the_time_to_finish_its_calls(string name)
    {
        var pod = Template(name).Spec;
        var container = pod.Containers.Single();
        var settings = container.Env.ToDictionary(variable => variable.Name, variable => variable.Value, StringComparer.Ordinal);

        Assert.Equal("/healthz/live", container.StartupProbe.HttpGet.Path);
        Assert.Equal("/healthz/live", container.LivenessProbe.HttpGet.Path);
        Assert.Equal("/healthz/ready", container.ReadinessProbe.HttpGet.Path);
        var start = container.StartupProbe.PeriodSeconds * container.StartupProbe.FailureThreshold;
        Assert.True(start > 2 * new Api.Cluster.ClusterOptions().DatabaseWait.TotalSeconds, $"{start} s");

        // Kubernetes kills after the grace period; the host gives up before; and before that the drain and a whole call to X have room.
        var shutdown = int.Parse(settings["DOTNET_shutdownTimeoutSeconds"], System.Globalization.CultureInfo.InvariantCulture);
        var drain = settings.TryGetValue("Cluster__DrainDelay", out var delay)
            ? TimeSpan.Parse(delay, System.Globalization.CultureInfo.InvariantCulture)
            : TimeSpan.Zero;
        Assert.True(pod.TerminationGracePeriodSeconds > shutdown);
        Assert.True(drain + new Core.Twitter.TwitterOptions().RequestTimeout < TimeSpan.FromSeconds(shutdown));
    }

    [Theory]
    [InlineData("silo")]
    [InlineData("front-end")]
    public void One_pod_at_a_time_may_be_evicted(string name)
    {
        var budget = Objects.OfType<V1PodDisruptionBudget>().Single(budget => budget.Name() == name);

        Assert.Equal("1", budget.Spec.MaxUnavailable.Value);
        AssertSelects(name, budget.Spec.Selector.MatchLabels);
    }

    [Fact]
    public void Nothing_is_let_through_that_no_policy_names()
    {
        var policies = Objects.OfType<V1NetworkPolicy>().ToList();
        var closed = policies.Single(policy => policy.Name() == "default-deny").Spec;

        Assert.True(closed.PodSelector.MatchLabels is null && closed.Ingress is null && closed.Egress is null);
        Assert.Equal(["Egress", "Ingress"], closed.PolicyTypes.Order(StringComparer.Ordinal));
        // Front ends reach gateways alone; X is reached by silos alone.
        var frontEnd = policies.Single(policy => policy.Name() == "front-end").Spec;
        Assert.Equal(["30000"], frontEnd.Egress.SelectMany(rule => rule.Ports).Select(port => port.Port.Value));
        Assert.DoesNotContain(frontEnd.Egress.SelectMany(rule => rule.To), to => to.IpBlock is not null);
        AssertSelects("silo", frontEnd.Egress.Single().To.Single().PodSelector.MatchLabels);
    }

    [Fact]
    public void Ports_of_policies_are_those_that_silos_open()
    {
        var options = new Api.Cluster.ClusterOptions();
        var ports = Template("silo")
            .Spec.Containers.Single()
            .Ports.ToDictionary(port => port.Name, port => port.ContainerPort, StringComparer.Ordinal);

        Assert.Equal((options.SiloPort, options.GatewayPort), (ports["silo"], ports["gateway"]));
    }

    private static void AssertSelects(string workload, IDictionary<string, string> labels)
    {
        var pod = Template(workload).Metadata.Labels;
        Assert.NotEmpty(labels);
        Assert.All(labels, label => Assert.Equal(label.Value, pod[label.Key]));
    }

    private static V1PodTemplateSpec Template(string name) => Templates().Single(workload => workload.Name == name).Template;

    private static IEnumerable<(string Name, V1PodTemplateSpec Template)> Templates() =>
        Objects
            .OfType<V1Deployment>()
            .Select(deployment => (deployment.Name(), deployment.Spec.Template))
            .Concat(Objects.OfType<V1Job>().Select(job => (job.Name(), job.Spec.Template)));
}
