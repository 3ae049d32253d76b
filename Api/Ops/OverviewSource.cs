using Orleans.Runtime;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Grains.Interfaces;

namespace OrleansTwitterProxy.Api.Ops;

/// <summary>
/// Makes the overview: at most once a <see cref="Fresh"/>, however many look. What does not answer in time is left out, for operators look
/// when something is broken. Thread-safe.
/// </summary>
public sealed partial class OverviewSource(
    IGrainFactory grains,
    CallHistory history,
    TimeProvider timeProvider,
    ILogger<OverviewSource> logger
)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly Lock _lock = new();
    private Task<Overview>? _latest;
    private long _madeAt;

    public Task<Overview> GetAsync()
    {
        lock (_lock)
        {
            if (_latest is null || timeProvider.GetElapsedTime(_madeAt) >= Fresh)
                (_latest, _madeAt) = (MakeAsync(), timeProvider.GetTimestamp());
            return _latest;
        }
    }

    private async Task<Overview> MakeAsync()
    {
        var circuits = TryAsync(async () =>
            (IReadOnlyList<CircuitEntry>?)[.. (await grains.Circuit.SnapshotAsync()).Select(CircuitEntry.Of)]
        );
        var changes = TryAsync(async () => (IReadOnlyList<CircuitChange>?)await grains.Circuit.HistoryAsync());
        var silos = TryAsync(ReadSilosAsync);
        return new(
            timeProvider.GetUtcNow(),
            await circuits,
            await changes ?? [],
            [.. EndpointCatalogue.Families.Order(StringComparer.Ordinal)],
            history.Read(),
            history.Waiting,
            await silos
        );
    }

    private async Task<IReadOnlyList<SiloEntry>?> ReadSilosAsync() =>
        [
            .. (await grains.GetGrain<IManagementGrain>(0).GetDetailedHosts())
                .Select(silo => new SiloEntry(
                    silo.SiloName,
                    silo.SiloAddress.ToString(),
                    silo.HostName,
                    silo.Status,
                    new(DateTime.SpecifyKind(silo.StartTime, DateTimeKind.Utc))
                ))
                .OrderBy(silo => silo.Status is SiloStatus.Dead)
                .ThenBy(silo => silo.Name, StringComparer.Ordinal),
        ];

    private async Task<T?> TryAsync<T>(Func<Task<T?>> read)
        where T : class
    {
        try
        {
            return await read().WaitAsync(Patience, timeProvider);
        }
        catch (Exception e)
        {
            LogMissing(e);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The overview for operators lacks a part that did not answer")]
    private partial void LogMissing(Exception exception);
}
