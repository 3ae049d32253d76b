using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace OrleansTwitterProxy.Api.Ops;

/// <summary>
/// Runs the readiness checks, some of which ask the database. Anybody may ask whether the process is ready, so one run at a time answers
/// all who ask meanwhile. Thread-safe.
/// </summary>
internal sealed class Readiness(HealthCheckService checks)
{
    private readonly Lock _lock = new();
    private Task<HealthReport> _run = Task.FromResult(new HealthReport(new Dictionary<string, HealthReportEntry>(), TimeSpan.Zero));

    /// <param name="cancellationToken">Ends this caller's wait, not the run.</param>
    public async Task<HealthStatus> CheckAsync(CancellationToken cancellationToken)
    {
        Task<HealthReport> run;
        lock (_lock)
        {
            if (_run.IsCompleted)
                _run = checks.CheckHealthAsync(check => check.Tags.Contains(HealthEndpoints.ReadyTag), CancellationToken.None);
            run = _run;
        }

        return (await run.WaitAsync(cancellationToken)).Status;
    }
}
