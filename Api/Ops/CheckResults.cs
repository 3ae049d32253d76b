using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace OrleansTwitterProxy.Api.Ops;

/// <summary>
/// Results of readiness checks. A reason is a few words that anybody may read at <c>/healthz/ready</c>; the advice is for the log alone.
/// </summary>
internal static class CheckResults
{
    private const string AdviceKey = "advice";

    /// <summary>The process cannot serve.</summary>
    public static HealthCheckResult NotReady(string reason, string advice) => HealthCheckResult.Unhealthy(reason, data: Data(advice));

    /// <summary>The process serves, and somebody has to look.</summary>
    public static HealthCheckResult Degraded(string reason, string advice) => HealthCheckResult.Degraded(reason, data: Data(advice));

    /// <summary>What to do; empty if the check does not say.</summary>
    public static string AdviceOf(HealthReportEntry entry) => entry.Data.TryGetValue(AdviceKey, out var advice) ? $"{advice}" : "";

    private static Dictionary<string, object> Data(string advice) => new() { [AdviceKey] = advice };
}
