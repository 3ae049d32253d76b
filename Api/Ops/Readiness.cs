using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace OrleansTwitterProxy.Api.Ops;

/// <summary>
/// Runs the readiness checks, some of which ask the database. Anybody may ask whether the process is ready, so one run at a time answers
/// all who ask meanwhile. What changes is logged once, not at every look of a load balancer. Thread-safe.
/// </summary>
internal sealed partial class Readiness(HealthCheckService checks, ILogger<Readiness> logger)
{
    private readonly Lock _lock = new();
    private Task<HealthStatus> _run = Task.FromResult(HealthStatus.Healthy);
    private string _reasons = "";

    /// <param name="cancellationToken">Ends this caller's wait, not the run.</param>
    public Task<HealthStatus> CheckAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_run.IsCompleted)
                _run = RunAsync();
            return _run.WaitAsync(cancellationToken);
        }
    }

    private async Task<HealthStatus> RunAsync()
    {
        var report = await checks.CheckHealthAsync(check => check.Tags.Contains(HealthEndpoints.ReadyTag), CancellationToken.None);
        var reasons = string.Join(
            ", ",
            report
                .Entries.Where(entry => entry.Value.Status is not HealthStatus.Healthy)
                .Select(entry => $"{entry.Key} ({entry.Value.Description ?? entry.Value.Exception?.Message ?? "no reason given"})")
        );
        if (Interlocked.Exchange(ref _reasons, reasons) != reasons)
        {
            if (reasons.Length > 0)
                LogNotReady(reasons);
            else
                LogReady();
        }

        return report.Status;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not ready: {Reasons}")]
    private partial void LogNotReady(string reasons);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Ready again")]
    private partial void LogReady();
}
