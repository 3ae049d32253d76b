using k8s;
using Orleans.Hosting.Kubernetes;
using OrleansTwitterProxy.Api.Hosting;

namespace OrleansTwitterProxy.Silo.Hosting;

/// <summary>Orleans' Kubernetes hosting: silos have their pods' names, and one whose pod is deleted is declared dead at once.</summary>
internal static class KubernetesPods
{
    /// <exception cref="StartupException">This process is no pod, or has no right to ask for pods.</exception>
    public static void UsePods(this ISiloBuilder silo)
    {
        if (
            !KubernetesClientConfiguration.IsInCluster()
            && Environment.GetEnvironmentVariable(KubernetesHostingOptions.PodNamespaceEnvironmentVariable) is null
        )
        {
            throw new StartupException(
                """
                Not started: Cluster__Kubernetes is set, and this process is not in a pod with a service account.
                Mount the account's token (automountServiceAccountToken: true), or remove Cluster__Kubernetes.
                """
            );
        }

        silo.UseKubernetesHosting();
    }
}
