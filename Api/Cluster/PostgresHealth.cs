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
            await AskAsync(cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            try
            {
                await AskAsync(cancellationToken); // after a restart of the server, a pooled connection fails once
            }
            catch (StoreUnavailableException e)
            {
                return HealthCheckResult.Unhealthy(e.Message);
            }
        }

        return HealthCheckResult.Healthy();
    }

    private Task<object?> AskAsync(CancellationToken cancellationToken) =>
        database.QueryAsync(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand("SELECT 1", connection);
                return await command.ExecuteScalarAsync(token);
            },
            cancellationToken
        );
}
