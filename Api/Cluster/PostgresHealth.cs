using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using OrleansTwitterProxy.Api.Ops;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Api.Cluster;

/// <summary>Ready while PostgreSQL answers, takes writes, has room on its disk, and degraded while it refuses new connections.</summary>
internal sealed class PostgresHealth(ClusterDatabase database) : IHealthCheck
{
    private static readonly TimeSpan BetweenConnections = TimeSpan.FromSeconds(5);

    // More than the least work_mem, so it goes through a file: a full disk refuses that before any record, and nothing is logged or kept.
    private const string Spill = "SET LOCAL work_mem = '64kB'; SELECT count(*) FROM generate_series(1, 10000)";

    private HealthCheckResult _connecting = HealthCheckResult.Healthy();
    private long? _connectedAt;
    private bool _wasReadOnly;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var readOnly = await ReadOnlyAsync(cancellationToken);
            // A connection keeps the default with which it was opened.
            if (readOnly is not null || _wasReadOnly)
                database.ForgetConnections();
            _wasReadOnly = readOnly is not null;
            return readOnly ?? await ConnectAsync(cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            try
            {
                // After a restart of the server, a pooled connection fails once.
                return await ReadOnlyAsync(cancellationToken) ?? HealthCheckResult.Healthy();
            }
            catch (StoreUnavailableException e)
            {
                return Describe(e, CheckResults.NotReady);
            }
        }
    }

    private Task<HealthCheckResult?> ReadOnlyAsync(CancellationToken cancellationToken) =>
        database.QueryAsync<HealthCheckResult?>(
            async (connection, token) =>
            {
                await using var transaction = await connection.BeginTransactionAsync(token);
                await using var ask = new NpgsqlCommand(
                    "SELECT pg_is_in_recovery(), current_setting('transaction_read_only')",
                    connection,
                    transaction
                );
                await using (var reader = await ask.ExecuteReaderAsync(token))
                {
                    await reader.ReadAsync(token);
                    if (reader.GetBoolean(0))
                    {
                        return CheckResults.NotReady(
                            "read-only, a standby",
                            "Point Cluster__Database at the primary, or promote this server"
                        );
                    }

                    if (reader.GetString(1) == "on")
                    {
                        return CheckResults.NotReady(
                            "read-only",
                            "Reset default_transaction_read_only of the server, the database or the role"
                        );
                    }
                }

                await using var spill = new NpgsqlCommand(Spill, connection, transaction);
                await spill.ExecuteNonQueryAsync(token);
                return null;
            },
            cancellationToken
        );

    // A process of the server for each: not at every look of a load balancer. One run at a time, so nothing else touches the fields.
    private async Task<HealthCheckResult> ConnectAsync(CancellationToken cancellationToken)
    {
        if (_connectedAt is { } at && TimeProvider.System.GetElapsedTime(at) < BetweenConnections)
            return _connecting;
        try
        {
            await database.TryConnectAsync(cancellationToken);
            _connecting = HealthCheckResult.Healthy();
        }
        catch (NpgsqlException e)
        {
            _connecting = Describe(e, CheckResults.Degraded);
        }

        _connectedAt = TimeProvider.System.GetTimestamp();
        return _connecting;
    }

    private static HealthCheckResult Describe(Exception e, Func<string, string, HealthCheckResult> result) =>
        ClusterDatabase.RefusalIn(e)?.SqlState switch
        {
            PostgresErrorCodes.DiskFull => result(
                "disk full",
                "Free space on the disk of the PostgreSQL server; the proxy goes on by itself"
            ),
            PostgresErrorCodes.TooManyConnections => result(
                "no connections left",
                "Raise max_connections, lower Maximum Pool Size in Cluster__Database, or end those who hold them (pg_stat_activity)"
            ),
            PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => result(
                "refuses the credentials",
                "Correct the user and password of Cluster__Database, or the file that its Passfile names"
            ),
            PostgresErrorCodes.InsufficientPrivilege => result(
                "a right is missing",
                "Grant the role of Cluster__Database all rights on its tables"
            ),
            { } state => result($"refuses statements, {state}", "The log of the PostgreSQL server says why"),
            null => result(
                "does not answer",
                "Is PostgreSQL running, and can this machine reach it? The proxy goes on by itself once it answers"
            ),
        };
}
