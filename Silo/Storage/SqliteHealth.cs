using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>Ready while the database can be read.</summary>
internal sealed class SqliteHealth(SqliteDatabase database) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await database.RunAsync(Probe, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (StoreUnavailableException)
        {
            return HealthCheckResult.Unhealthy("The database does not answer.");
        }
    }

    private static object? Probe(SqliteConnection connection)
    {
        using var command = connection.Command("SELECT 1");
        return command.ExecuteScalar();
    }
}
