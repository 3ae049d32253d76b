using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OrleansTwitterProxy.Api.Ops;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>Ready while the database takes writes and its disk has room.</summary>
internal sealed class SqliteHealth(SqliteDatabase database, DataFolder folder) : IHealthCheck
{
    // A write-ahead log that has been written back is filled anew, so small writes go on for a while on a disk that is full.
    private const long Full = 1 << 20;
    private const long NearlyFull = 64 << 20;

    private static readonly TimeSpan BetweenWrites = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private long? _wroteAt;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            if (!File.Exists(folder.DatabasePath))
                return CheckResults.NotReady(
                    "the file is gone",
                    $"Stop the proxy and restore {folder.DatabasePath}: what is written now is lost"
                );
            await WriteAsync(cancellationToken);
            return Space();
        }
        catch (StoreUnavailableException e)
        {
            return Describe((e.InnerException as SqliteException)?.SqliteErrorCode);
        }
        catch (TimeoutException)
        {
            return CheckResults.NotReady(
                "does not answer",
                $"Look at the disk of {folder.Path}: an operation has not returned for {Longest.TotalSeconds} s"
            );
        }
    }

    // A commit each, so not at every look of a load balancer. One run at a time, so nothing else touches the field.
    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        if (_wroteAt is { } at && TimeProvider.System.GetElapsedTime(at) < BetweenWrites)
            return;
        _wroteAt = null;
        await database.ProbeAsync(cancellationToken).WaitAsync(Longest, TimeProvider.System, cancellationToken);
        _wroteAt = TimeProvider.System.GetTimestamp();
    }

    private HealthCheckResult Space()
    {
        var free = new DriveInfo(folder.Path).AvailableFreeSpace;
        return free switch
        {
            < Full => DiskFull(),
            < NearlyFull => CheckResults.Degraded($"disk nearly full, {free >> 20} MiB left", $"Free space on the disk of {folder.Path}"),
            _ => HealthCheckResult.Healthy(),
        };
    }

    // https://sqlite.org/rescode.html
    private HealthCheckResult Describe(int? code) =>
        code switch
        {
            13 => DiskFull(),
            8 => CheckResults.NotReady("read-only", $"Make the disk of {folder.Path} writable, and its files for this process's user"),
            5 or 6 => CheckResults.NotReady("locked", $"Another program holds a lock on {folder.DatabasePath}; end it"),
            11 or 26 => CheckResults.NotReady("damaged", $"Stop the proxy and restore {folder.DatabasePath} from the backup"),
            _ => CheckResults.NotReady($"refuses writes, SQLite's code {code}", $"Check the disk and the rights of {folder.Path}"),
        };

    private HealthCheckResult DiskFull() =>
        CheckResults.NotReady("disk full", $"Free space on the disk of {folder.Path}; the proxy goes on by itself");
}
