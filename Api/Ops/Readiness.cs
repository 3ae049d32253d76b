using Microsoft.Extensions.Diagnostics.HealthChecks;
using OrleansTwitterProxy.Core.Telemetry;

namespace OrleansTwitterProxy.Api.Ops;

/// <summary>
/// Runs the readiness checks, some of which ask the database: when asked, and every 10 s for the log and the metric. Anybody may ask
/// whether the process is ready, so one run at a time answers all who ask meanwhile. What changes is logged once, a line for each check.
/// Thread-safe.
/// </summary>
internal sealed partial class Readiness : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly HealthCheckService _checks;
    private readonly ILogger<Readiness> _logger;
    private readonly IHostApplicationLifetime? _lifetime;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _told = [];
    private Task<ReadinessReport> _run = Task.FromResult(new ReadinessReport(HealthStatus.Healthy, []));
    private volatile ReadinessReport _last = new(HealthStatus.Healthy, []);

    /// <param name="checks">The checks.</param>
    /// <param name="metrics">Where what they found is registered.</param>
    /// <param name="logger">Told what changes.</param>
    /// <param name="lifetime">Until it has started the process is not ready in any case; null to begin at once.</param>
    public Readiness(HealthCheckService checks, ProxyMetrics metrics, ILogger<Readiness> logger, IHostApplicationLifetime? lifetime = null)
    {
        (_checks, _logger, _lifetime) = (checks, logger, lifetime);
        metrics.ObserveReadiness(() => _last.Checks.Select(check => (check.Name, ValueOf(check.Status))));
    }

    /// <param name="cancellationToken">Ends this caller's wait, not the run.</param>
    public Task<ReadinessReport> CheckAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_run.IsCompleted)
                _run = RunAsync();
            return _run.WaitAsync(cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = _lifetime?.ApplicationStarted.Register(started.SetResult);
        if (_lifetime is not null)
            await started.Task.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(Interval, TimeProvider.System);
        do
        {
            Task check = CheckAsync(stoppingToken); // as a Task without a value, whose exceptions may be left aside
            await check.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<ReadinessReport> RunAsync()
    {
        var report = await _checks.CheckHealthAsync(check => check.Tags.Contains(HealthEndpoints.ReadyTag), CancellationToken.None);
        foreach (var (name, entry) in report.Entries)
            Tell(name, entry);
        return _last = new(
            report.Status,
            [.. report.Entries.Select(entry => new CheckedPart(entry.Key, entry.Value.Status, entry.Value.Description))]
        );
    }

    // One run at a time, so nothing else touches what was told.
    private void Tell(string name, HealthReportEntry entry)
    {
        if (entry.Status is HealthStatus.Healthy)
        {
            if (_told.Remove(name))
                LogReady(name);
            return;
        }

        var reason = entry.Description ?? entry.Exception?.Message ?? "no reason given";
        var told = $"{entry.Status} {string.Concat(reason.Where(character => !char.IsAsciiDigit(character)))}"; // numbers change
        if (_told.GetValueOrDefault(name) == told)
            return;
        _told[name] = told;
        if (entry.Status is HealthStatus.Degraded)
            LogDegraded(name, reason, CheckResults.AdviceOf(entry));
        else
            LogNotReady(name, reason, CheckResults.AdviceOf(entry));
    }

    private static double ValueOf(HealthStatus status) =>
        status switch
        {
            HealthStatus.Healthy => 1,
            HealthStatus.Degraded => 0.5,
            _ => 0,
        };

    [LoggerMessage(Level = LogLevel.Error, Message = "Not ready: {Check} ({Reason}). {Advice}")]
    private partial void LogNotReady(string check, string reason, string advice);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Degraded: {Check} ({Reason}). {Advice}")]
    private partial void LogDegraded(string check, string reason, string advice);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Ready again: {Check}")]
    private partial void LogReady(string check);
}

/// <summary>Whether the process can serve.</summary>
/// <param name="Status">The worst of the checks.</param>
/// <param name="Checks">Every check, whatever it found.</param>
internal sealed record ReadinessReport(HealthStatus Status, IReadOnlyList<CheckedPart> Checks)
{
    /// <summary>In a line: <c>Unhealthy: database (disk full)</c>.</summary>
    public override string ToString()
    {
        var failing = Checks.Where(check => check.Status is not HealthStatus.Healthy).Select(check => check.ToString()).ToList();
        return failing.Count == 0 ? $"{Status}" : $"{Status}: {string.Join(", ", failing)}";
    }
}

/// <summary>What one check found.</summary>
/// <param name="Name">Of what: <c>database</c>.</param>
/// <param name="Status">Healthy, degraded or unhealthy.</param>
/// <param name="Description">Why, in a few words without secrets; null if all is well, or if the check failed itself.</param>
internal sealed record CheckedPart(string Name, HealthStatus Status, string? Description)
{
    public override string ToString() => Description is null ? Name : $"{Name} ({Description})";
}
