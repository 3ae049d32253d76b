using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Api.Cluster;

/// <summary>Ready while PostgreSQL answers.</summary>
internal sealed class PostgresHealth(ClusterDatabase database) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return await database.QueryAsync(
                async (connection, token) =>
                {
                    await using var command = new NpgsqlCommand("SELECT 1", connection);
                    await command.ExecuteScalarAsync(token);
                    return HealthCheckResult.Healthy();
                },
                cancellationToken
            );
        }
        catch (StoreUnavailableException e)
        {
            return HealthCheckResult.Unhealthy(e.Message);
        }
    }
}
