using Microsoft.Extensions.Diagnostics.HealthChecks;
using OrleansTwitterProxy.Api.Ops;

namespace OrleansTwitterProxy.Api.Cluster;

/// <summary>Degraded while this machine's clock is far from the database's.</summary>
internal sealed class DatabaseClockHealth(DatabaseClock clock) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            clock.Offset.Duration() > DatabaseClock.MaxOffset
                ? CheckResults.Degraded(DatabaseClock.Describe(clock.Offset), "Set it by NTP; until then leases end early or late")
                : HealthCheckResult.Healthy()
        );
}
