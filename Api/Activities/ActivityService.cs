using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Core.Telemetry;

namespace OrleansTwitterProxy.Api.Activities;

/// <summary>
/// Stores the activity and the audit of this process: what has come in each second, and once more when it stops, after the server and the
/// grains have. Once an hour it drops what is too old. Every process does this independently.
/// </summary>
internal sealed partial class ActivityService : BackgroundService
{
    private static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaintenanceInterval = TimeSpan.FromHours(1);

    private readonly ActivityLog _activity;
    private readonly IActivityRows _activityRows;
    private readonly ActivityOptions _activityOptions;
    private readonly AuditLog _audit;
    private readonly IAuditRows _auditRows;
    private readonly AuditOptions _auditOptions;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly ReportThrottle _drops;
    private long _reported;
    private bool _isBehind;

    public ActivityService(
        ActivityLog activity,
        IActivityRows activityRows,
        IOptions<ActivityOptions> activityOptions,
        AuditLog audit,
        IAuditRows auditRows,
        IOptions<AuditOptions> auditOptions,
        ProxyMetrics metrics,
        TimeProvider timeProvider,
        ILogger<ActivityService> logger
    )
    {
        (_activity, _activityRows, _activityOptions) = (activity, activityRows, activityOptions.Value);
        (_audit, _auditRows, _auditOptions) = (audit, auditRows, auditOptions.Value);
        (_timeProvider, _logger, _drops) = (timeProvider, logger, new(timeProvider));
        metrics.ObserveEntries(() => (activity.Dropped, audit.Lost), () => audit.Unsaved);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        // One after the other: the audit must not be lost because the activity is slow.
        await _audit.FlushAsync(cancellationToken);
        _audit.Drop();
        await _activity.FlushAsync(cancellationToken);
        _activity.Drop();
        if (_audit.Lost > 0)
            LogAuditLost(_audit.Lost);
        if (_activity.Dropped > _reported)
            LogDropped(_activity.Dropped - _reported);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(
            EveryAsync(FlushInterval, () => FlushAsync(stoppingToken), stoppingToken),
            // Beside it: dropping a day may take long.
            EveryAsync(MaintenanceInterval, () => MaintainAsync(stoppingToken), stoppingToken)
        );

    private async Task EveryAsync(TimeSpan interval, Func<Task> work, CancellationToken stoppingToken)
    {
        try
        {
            using var timer = new PeriodicTimer(interval, TimeProvider.System); // how often a disk is written to has no part in the proxy's time
            do
            {
                try
                {
                    await work();
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    LogFailed(e); // a mistake of ours: calls are served all the same
                }
            } while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task FlushAsync(CancellationToken stoppingToken)
    {
        var saved = await _audit.FlushAsync(stoppingToken);
        if (!saved && !_isBehind && !stoppingToken.IsCancellationRequested)
            LogAuditWaits(_audit.Unsaved);
        _isBehind = !saved;
        await _activity.FlushAsync(stoppingToken);
        if (_activity.Dropped is var dropped && dropped > _reported && _drops.Count() is not null)
        {
            LogDropped(dropped - _reported);
            _reported = dropped;
        }
    }

    private async Task MaintainAsync(CancellationToken stoppingToken)
    {
        try
        {
            var now = _timeProvider.GetUtcNow();
            await _activityRows.MaintainAsync(now, _activityOptions.KeepFor, stoppingToken);
            await _auditRows.MaintainAsync(now, _auditOptions.KeepFor, stoppingToken);
        }
        catch (StoreUnavailableException e)
        {
            LogNotMaintained(e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Activity and audit were not stored; trying again")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Activity: {Count} entries were lost since the last line like this, because the storage did not take them in time. No call was affected"
    )]
    private partial void LogDropped(long count);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Audit: {Count} entries wait for the storage; operators' actions are refused until it is back"
    )]
    private partial void LogAuditWaits(int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "Audit: {Count} entries were lost, because the storage was not back in time")]
    private partial void LogAuditLost(long count);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Activity and audit that are too old were not dropped: {Cause} The next attempt is in an hour"
    )]
    private partial void LogNotMaintained(string cause);
}
