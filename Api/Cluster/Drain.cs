using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Api.Hosting;

namespace OrleansTwitterProxy.Api.Cluster;

/// <summary>Whether the process is stopping.</summary>
internal sealed class DrainState
{
    public bool IsDraining { get; set; }
}

/// <summary>On SIGTERM: reports not ready, waits for load balancers to notice, and then lets the server close its listener.</summary>
internal sealed class Drain(DrainState state, IOptions<ClusterOptions> options, TimeProvider timeProvider) : ShutdownStep
{
    public override async Task StoppingAsync(CancellationToken cancellationToken)
    {
        state.IsDraining = true;
        await Task.Delay(options.Value.DrainDelay, timeProvider, cancellationToken);
    }
}

/// <summary>Not ready while draining.</summary>
internal sealed class DrainHealth(DrainState state) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(state.IsDraining ? HealthCheckResult.Unhealthy("The process is stopping.") : HealthCheckResult.Healthy());
}
