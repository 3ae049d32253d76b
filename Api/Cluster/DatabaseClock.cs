using Npgsql;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Core.Telemetry;

namespace OrleansTwitterProxy.Api.Cluster;

/// <summary>
/// Compares this process's clock with the database's, at the start and every 10 s. Leases, heartbeats and the names of silos have
/// times in them that the others compare with their own.
/// </summary>
internal sealed partial class DatabaseClock : BackgroundService
{
    /// <summary>The difference that the cluster's times are made for.</summary>
    public static readonly TimeSpan MaxOffset = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly ClusterDatabase _database;
    private readonly ILogger _logger;
    private double _offset;

    public DatabaseClock(ClusterDatabase database, ProxyMetrics metrics, ILogger<DatabaseClock> logger)
    {
        (_database, _logger) = (database, logger);
        metrics.ObserveClock("database", () => Volatile.Read(ref _offset));
    }

    /// <summary>How far the process's clock is ahead of the database's, as last seen; negative: behind.</summary>
    public TimeSpan Offset => TimeSpan.FromSeconds(Volatile.Read(ref _offset));

    /// <summary>How far the process's clock is ahead of the database's; negative: behind.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="timeProvider">The process's clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NpgsqlException">The database does not answer.</exception>
    public static async Task<TimeSpan> OffsetAsync(
        NpgsqlConnection connection,
        TimeProvider timeProvider,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand("SELECT clock_timestamp()", connection);
        var before = timeProvider.GetUtcNow();
        var database = (DateTime)(await command.ExecuteScalarAsync(cancellationToken))!;
        var after = timeProvider.GetUtcNow();
        return before + ((after - before) / 2) - new DateTimeOffset(database);
    }

    /// <summary>The words for an operator.</summary>
    public static string Describe(TimeSpan offset) =>
        $"this machine's clock is {Math.Abs(offset.TotalSeconds):F1} s {(offset > TimeSpan.Zero ? "ahead of" : "behind")} the database's";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, TimeProvider.System);
        var told = false;
        do
        {
            try
            {
                var offset = await _database.QueryAsync(
                    (connection, token) => OffsetAsync(connection, TimeProvider.System, token),
                    stoppingToken
                );
                Volatile.Write(ref _offset, offset.TotalSeconds);
                var isOff = offset.Duration() > MaxOffset;
                if (isOff != told)
                {
                    if (isOff)
                        LogOff(Describe(offset), MaxOffset.TotalSeconds);
                    else
                        LogRight();
                    told = isOff;
                }
            }
            catch (StoreUnavailableException)
            {
                // The database's own circuit reports it.
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The clocks of the cluster differ: {Offset}, and more than {Max:F0} s is not expected. Set it by NTP; until then leases end early or late, and this process could not start again"
    )]
    private partial void LogOff(string offset, double max);

    [LoggerMessage(Level = LogLevel.Warning, Message = "This machine's clock agrees with the database's again")]
    private partial void LogRight();
}
