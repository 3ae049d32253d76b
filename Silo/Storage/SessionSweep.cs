using Microsoft.Extensions.Options;
using Orleans.Storage;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Grains.Interfaces;
using OrleansTwitterProxy.Grains.Storage;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>
/// Looks through all accounts, at the start and every <see cref="UserSessionOptions.SweepInterval"/>, and has those maintained that nobody
/// calls and that need it: a session has expired, or a revocation was cut off. A scan rather than a reminder per account, which Orleans
/// keeps in memory. One silo does it: the one with the lowest address.
/// </summary>
internal sealed partial class SessionSweep(
    IAccountRows rows,
    [FromKeyedServices(GrainStorageNames.Sessions)] IGrainStorage storage,
    UserSessionFactory accounts,
    IGrainFactory grains,
    ISiloStatusOracle silos,
    IOptions<UserSessionOptions> options,
    TimeProvider timeProvider,
    ILogger<SessionSweep> logger
) : BackgroundService
{
    private const int PageSize = 500;
    private const int AtOnce = 8;

    private readonly GrainRecordStore<SessionRecord> _store = new(storage, GrainType.Create("user-session"), GrainStorageNames.Sessions);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            using var timer = new PeriodicTimer(options.Value.SweepInterval, timeProvider);
            do
            {
                try
                {
                    if (silos.GetApproximateSiloStatuses(onlyActive: true).Keys.Order().FirstOrDefault()?.Equals(silos.SiloAddress) is true)
                        await SweepAsync(stoppingToken);
                }
                catch (StoreUnavailableException e)
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

    private async Task SweepAsync(CancellationToken stoppingToken)
    {
        IReadOnlyList<string> page = [];
        do
        {
            page = await rows.ListAsync(page.Count > 0 ? page[^1] : null, PageSize, stoppingToken);
            await Parallel.ForEachAsync(
                page,
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stoppingToken },
                async (accountId, cancellationToken) =>
                {
                    try
                    {
                        if (
                            (await _store.LoadAsync(accountId, cancellationToken))?.Record is { } record
                            && accounts.NeedsMaintenance(record)
                        )
                            await grains.Session(accountId).MaintainAsync(cancellationToken);
                    }
                    catch (Exception e) when (!cancellationToken.IsCancellationRequested)
                    {
                        LogFailed(e, accountId); // a damaged record, a silo that was lost: the others are looked at all the same
                    }
                }
            );
        } while (page.Count == PageSize);
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Accounts were not looked through for expired sessions: the database does not answer. Retrying at the next interval"
    )]
    private partial void LogSkipped(Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Account {AccountId} was not looked through for expired sessions")]
    private partial void LogFailed(Exception exception, string accountId);
}
