using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Npgsql;
using Orleans.Runtime;

namespace OrleansTwitterProxy.Silo.Hosting;

/// <summary>Ready while the cluster's membership has this silo as active.</summary>
internal sealed class MembershipHealth(ISiloStatusOracle oracle) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            oracle.CurrentStatus is SiloStatus.Active
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy($"This silo is {oracle.CurrentStatus}.")
        );
}
