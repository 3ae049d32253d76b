using System.Diagnostics.Metrics;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Telemetry;

/// <summary>What a silo reads off its objects when its metrics are read. Created once per silo.</summary>
public sealed class SiloGauges
{
    /// <param name="metrics">Where they are registered.</param>
    /// <param name="queue">The waiting calls.</param>
    /// <param name="circuit">This node's copy of the circuits.</param>
    /// <param name="appLimits">The app's windows and caps.</param>
    /// <param name="clock">X's.</param>
    /// <param name="timeProvider">Ours.</param>
    public SiloGauges(
        ProxyMetrics metrics,
        CallQueue queue,
        NodeCircuit circuit,
        LimitTable appLimits,
        UpstreamClock clock,
        TimeProvider timeProvider
    )
    {
        metrics.Observe(ProxyMetrics.QueuedCalls, "{call}", "Calls that wait for X's limits on this silo", () => [new(queue.Waiting)]);
        metrics.Observe("otp.circuit.state", "{state}", "Circuits that are not closed: 1 half-open, 2 open, 3 isolated", () =>
            circuit.Snapshot.Families.Select(family => new Measurement<double>(ValueOf(family.State), Tag("family", family.Family)))
        );
        metrics.Observe("otp.app_limit.utilization", "1", "Used share of the app's 24-hour windows that are used by half or more", () =>
            appLimits
                .Forecasts(timeProvider.GetUtcNow())
                .Where(window => window.Limit > 0 && window.Used * 2 >= window.Limit)
                .Select(window => new Measurement<double>((double)window.Used / window.Limit, Tag("endpoint", window.EndpointKey)))
        );
        metrics.Observe("otp.app_limit.caps", "{endpoint}", "Endpoints that X refuses for the app's usage cap or for want of credits", () =>
            appLimits
                .Caps(timeProvider.GetUtcNow())
                .GroupBy(cap => cap.Kind)
                .Select(caps => new Measurement<double>(
                    caps.Count(),
                    Tag("kind", caps.Key is UsageCapKind.CreditsDepleted ? "credits_depleted" : "usage_capped")
                ))
        );
        metrics.ObserveClock("x", () => 0 - clock.Difference.TotalSeconds);
    }

    private static int ValueOf(CircuitState state) =>
        state switch
        {
            CircuitState.HalfOpen => 1,
            CircuitState.Open => 2,
            CircuitState.Isolated => 3,
            _ => 0,
        };

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
