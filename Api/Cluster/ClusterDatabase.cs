using Npgsql;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Core.Telemetry;
using Polly;
using Polly.CircuitBreaker;

namespace OrleansTwitterProxy.Api.Cluster;

/// <summary>
/// The cluster's PostgreSQL, behind a circuit. While it does not answer, one attempt a second finds out, and everything else that needs it
/// is refused at once. Without the circuit, every caller's own attempt would wait for its timeout, and together they would keep a database
/// that comes back from accepting any. Thread-safe.
/// </summary>
internal sealed partial class ClusterDatabase : IAsyncDisposable
{
    private const string Store = "postgresql";

    private static readonly TimeSpan BetweenProbes = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenReports = TimeSpan.FromMinutes(1);

    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlDataSource _fresh;
    private readonly ResiliencePipeline _circuit;
    private readonly ProxyMetrics _metrics;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly ReportThrottle _refusals;
    private readonly Lock _lock = new();
    private long? _awaySince;
    private long _reportedAt;
    private int _refused;
    private volatile Exception? _cause; // why it was last away

    /// <param name="connectionString">As configured; see <see cref="DatabaseConnection"/> for what it leaves out.</param>
    /// <param name="metrics">Counts what the database refuses or does not answer.</param>
    /// <param name="timeProvider">For the time between probes and between reports.</param>
    /// <param name="logger">Told when the database goes and comes back, and once a minute that it is still away.</param>
    public ClusterDatabase(string connectionString, ProxyMetrics metrics, TimeProvider timeProvider, ILogger<ClusterDatabase> logger)
    {
        (_metrics, _timeProvider, _logger, _refusals) = (metrics, timeProvider, logger, new(timeProvider));
        _source = NpgsqlDataSource.Create(DatabaseConnection.WithDefaults(connectionString));
        _fresh = NpgsqlDataSource.Create(DatabaseConnection.Unpooled(connectionString));
        _circuit = new ResiliencePipelineBuilder { TimeProvider = timeProvider }
            .AddCircuitBreaker(
                new()
                {
                    ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Exception is { } e && IsAway(e)),
                    FailureRatio = 0.5,
                    MinimumThroughput = 2, // the least that Polly takes
                    SamplingDuration = TimeSpan.FromSeconds(10),
                    BreakDuration = BetweenProbes,
                    OnOpened = arguments =>
                    {
                        OnAway(arguments.Outcome.Exception!);
                        return default;
                    },
                    OnClosed = _ =>
                    {
                        OnBack();
                        return default;
                    },
                }
            )
            .Build();
        foreach (var warning in DatabaseConnection.Warnings(connectionString))
            LogDangerous(warning);
    }

    /// <summary>Opens a connection without the circuit: for the key ring, which is read at the start and once a day.</summary>
    /// <exception cref="NpgsqlException">The database does not answer.</exception>
    public NpgsqlConnection Open() => _source.OpenConnection();

    /// <summary>Opens a new connection and closes it: whether another pool, or another process, would get one.</summary>
    /// <exception cref="NpgsqlException">The database refuses it, or does not answer.</exception>
    public async Task TryConnectAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _fresh.OpenConnectionAsync(cancellationToken);
    }

    /// <summary>Runs statements on a connection of the pool.</summary>
    /// <exception cref="StoreUnavailableException">The database does not answer, or refuses the statement.</exception>
    public Task<T> QueryAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> query, CancellationToken cancellationToken) =>
        RunAsync(
            async token =>
            {
                try
                {
                    await using var connection = await _source.OpenConnectionAsync(token);
                    return await query(connection, token);
                }
                catch (PostgresException e) when (!IsAway(e))
                {
                    throw new StoreUnavailableException($"PostgreSQL refuses a statement: {e.MessageText}", e);
                }
            },
            cancellationToken
        );

    /// <summary>Runs an operation of another library on the same database.</summary>
    /// <exception cref="StoreUnavailableException">The database does not answer. What the operation throws otherwise passes.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> operation, CancellationToken cancellationToken)
    {
        try
        {
            return await _circuit.ExecuteAsync(async token => await operation(token), cancellationToken);
        }
        catch (BrokenCircuitException e)
        {
            Interlocked.Increment(ref _refused);
            _metrics.StorageFailed(Store);
            throw new StoreUnavailableException("PostgreSQL does not answer.", _cause ?? e);
        }
        catch (Exception e) when (IsAway(e))
        {
            _cause = e;
            _metrics.StorageFailed(Store);
            // Npgsql gives up the pool that met it; the other one's connections are as dead.
            if (RefusalIn(e)?.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown)
                ForgetConnections();
            throw new StoreUnavailableException("PostgreSQL does not answer.", e);
        }
        catch (Exception e) when (RefusalIn(e) is { } refusal)
        {
            OnRefusal(refusal);
            throw;
        }
    }

    /// <summary>Closes the connections of this pool and of Orleans': those in use, once they are given back.</summary>
    public void ForgetConnections()
    {
        _source.Clear();
        NpgsqlConnection.ClearAllPools();
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _fresh.DisposeAsync();
    }

    /// <summary>
    /// Whether an exception means that the server is away, starting, stopping or out of connections; any other refusal of a statement comes
    /// from a server that answers (PostgreSQL, appendix A).
    /// </summary>
    internal static bool IsAway(Exception e) =>
        e switch
        {
            PostgresException refusal => refusal.SqlState
                is PostgresErrorCodes.AdminShutdown
                    or PostgresErrorCodes.CrashShutdown
                    or PostgresErrorCodes.CannotConnectNow
                    or PostgresErrorCodes.TooManyConnections,
            NpgsqlException or TimeoutException or System.Net.Sockets.SocketException or IOException => true,
            _ => e.InnerException is { } inner && IsAway(inner),
        };

    /// <summary>What the server said itself, if it answered.</summary>
    internal static PostgresException? RefusalIn(Exception e) =>
        e as PostgresException ?? (e.InnerException is { } inner ? RefusalIn(inner) : null);

    // A full disk, a read-only server or a missing right: its callers are told, and the operator once a minute.
    private void OnRefusal(PostgresException refusal)
    {
        _metrics.StorageFailed(Store);
        if (_refusals.Count() is { } count)
            LogRefuses(count, refusal.SqlState, refusal.MessageText);
    }

    // Called at every failed probe too.
    private void OnAway(Exception cause)
    {
        lock (_lock)
        {
            var now = _timeProvider.GetTimestamp();
            if (_awaySince is null)
                (_awaySince, _refused) = (now, 0);
            else if (_timeProvider.GetElapsedTime(_reportedAt) < BetweenReports)
                return;
            _reportedAt = now;
            LogAway(_timeProvider.GetElapsedTime(_awaySince.Value).TotalSeconds, _refused, cause.Message);
        }
    }

    private void OnBack()
    {
        lock (_lock)
        {
            if (_awaySince is { } since)
                LogBack(_timeProvider.GetElapsedTime(since).TotalSeconds, _refused);
            _awaySince = null;
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "PostgreSQL does not answer, for {Seconds:F0} s now; {Refused} calls that need it were refused, and accounts in memory go on: {Cause}"
    )]
    private partial void LogAway(double seconds, int refused, string cause);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cluster__Database: {Warning}")]
    private partial void LogDangerous(string warning);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "PostgreSQL refuses statements, {Count} since the last line like this: {SqlState} {Cause}"
    )]
    private partial void LogRefuses(int count, string sqlState, string cause);

    [LoggerMessage(Level = LogLevel.Warning, Message = "PostgreSQL answers again, after {Seconds:F0} s; {Refused} calls were refused")]
    private partial void LogBack(double seconds, int refused);
}
