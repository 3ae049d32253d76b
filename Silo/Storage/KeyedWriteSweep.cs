using Microsoft.Extensions.Options;
using Npgsql;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Grains.Engine;
using OrleansTwitterProxy.Silo.Hosting;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>
/// Forgets the rows of keyed writes whose time is over. Every silo does it, each in its own time; rows that another is at work on are left to
/// it. It walks the keyed writes by the primary key, so that it costs what they are, not what the accounts are.
/// </summary>
internal sealed partial class KeyedWriteSweep(
    IOptions<ClusterOptions> cluster, IOptions<IdempotencyOptions> options, TimeProvider timeProvider, ILogger<KeyedWriteSweep> logger) : BackgroundService
{
    private const int BatchSize = 5_000;

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private const string Sql =
        """
        DELETE FROM grain_state WHERE (service_id, grain_type, id_n0, id_n1, id_text) IN (
            SELECT service_id, grain_type, id_n0, id_n1, id_text FROM grain_state
            WHERE service_id = @service AND grain_type = @type AND modified_at < now() - @age
            LIMIT @batch FOR UPDATE SKIP LOCKED)
        """;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            using var timer = new PeriodicTimer(Interval, timeProvider);
            do
            {
                try
                {
                    await SweepAsync(cluster.Value.Database, cluster.Value.ClusterId, options.Value.KeepFor, stoppingToken);
                }
                catch (Exception e) when (e is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException)
                {
                    LogSkipped(e);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    /// <summary>One round.</summary>
    /// <returns>How many rows were forgotten.</returns>
    internal static async Task<int> SweepAsync(string database, string clusterId, TimeSpan keepFor, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(cancellationToken);
        for (var total = 0; ;)
        {
            await using var command = new NpgsqlCommand(Sql, connection);
            command.Parameters.AddWithValue("service", clusterId);
            command.Parameters.AddWithValue("type", GrainStorageNames.KeyedWrites);
            command.Parameters.AddWithValue("age", keepFor);
            command.Parameters.AddWithValue("batch", BatchSize);
            var gone = await command.ExecuteNonQueryAsync(cancellationToken);
            total += gone;
            if (gone < BatchSize) return total;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A round of forgetting old keyed writes was skipped: the database does not answer")]
    private partial void LogSkipped(Exception exception);
}
