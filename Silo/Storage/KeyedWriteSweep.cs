using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Idempotency;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>The store of keyed writes, for their sweep.</summary>
internal interface IKeyedWriteRows
{
    /// <summary>Deletes expired rows.</summary>
    /// <returns>The number of deleted rows.</returns>
    /// <exception cref="Core.Storage.StoreUnavailableException">The database did not answer.</exception>
    Task<int> DeleteExpiredAsync(TimeSpan keepFor, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>Deletes expired rows of keyed writes once an hour. Every silo does this independently.</summary>
internal sealed partial class KeyedWriteSweep(
    IKeyedWriteRows rows,
    IOptions<IdempotencyOptions> options,
    TimeProvider timeProvider,
    ILogger<KeyedWriteSweep> logger
) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            using var timer = new PeriodicTimer(Interval, timeProvider);
            do
            {
                try
                {
                    await rows.DeleteExpiredAsync(options.Value.KeepFor, timeProvider.GetUtcNow(), stoppingToken);
                }
                catch (Core.Storage.StoreUnavailableException e)
                {
                    LogSkipped(e);
                }
            } while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Expired keyed writes were not deleted: the database does not answer. Retrying in one hour"
    )]
    private partial void LogSkipped(Exception exception);
}
