using Microsoft.Extensions.Diagnostics.HealthChecks;
using OrleansTwitterProxy.Api.Ops;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Silo.Hosting;

/// <summary>Degraded while this machine's clock is far from X's.</summary>
internal sealed class UpstreamClockHealth(UpstreamClock clock) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var difference = clock.Difference;
        return Task.FromResult(
            difference.Duration() > UpstreamClock.MaxDifference
                ? CheckResults.Degraded(
                    $"this machine's clock is {Math.Abs(difference.TotalSeconds):F0} s {(difference > TimeSpan.Zero ? "behind" : "ahead of")} X's",
                    "Set it by NTP; X's limits are corrected for up to an hour of difference, lifetimes of tokens and sessions are not"
                )
                : HealthCheckResult.Healthy()
        );
    }
}
