using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Silo.Hosting;

namespace OrleansTwitterProxy.Silo.Ops;

/// <summary>Whether the process has been told to stop.</summary>
internal sealed class DrainState
{
    public bool IsDraining { get; set; }
}

/// <summary>On SIGTERM: says "not ready" first, waits for load balancers to notice, and only then lets the server stop listening.</summary>
internal sealed class Drain(DrainState state, IOptions<ClusterOptions> options, TimeProvider timeProvider) : IHostedLifecycleService
{
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        state.IsDraining = true;
        await Task.Delay(options.Value.DrainDelay, timeProvider, cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Not ready while draining.</summary>
internal sealed class DrainHealth(DrainState state) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(state.IsDraining ? HealthCheckResult.Unhealthy("The process is stopping.") : HealthCheckResult.Healthy());
}
