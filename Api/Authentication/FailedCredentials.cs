using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Telemetry;

namespace OrleansTwitterProxy.Api.Authentication;

/// <summary>
/// What follows a key or token that opens nothing: it is counted, logged, and throttled by the address that it comes from. A valid one
/// passes from a throttled address too: keys cannot be guessed, checking one costs a hash, and one bad neighbour behind an address
/// translator must not shut out the others (docs/decisions/0015). Thread-safe.
/// </summary>
public sealed partial class FailedCredentials : IDisposable
{
    // Addresses are counted by hash, so that memory does not grow with them. Those that share a count can only make each other's failures
    // be answered with 429 instead of 401.
    private const int Counts = 4096;

    private static readonly TimeSpan LinePeriod = TimeSpan.FromSeconds(10);

    private readonly PartitionedRateLimiter<IPAddress> _failures;
    private readonly TokenBucketRateLimiter _lines = new(
        new()
        {
            TokenLimit = 5,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = LinePeriod,
        }
    );
    private readonly ProxyMetrics _metrics;
    private readonly ILogger<FailedCredentials> _logger;
    private long _unlogged;

    public FailedCredentials(IOptions<ProxyOptions> options, ProxyMetrics metrics, ILogger<FailedCredentials> logger)
    {
        var limit = options.Value.FailedCredentialsPerMinute;
        _failures = PartitionedRateLimiter.Create<IPAddress, int>(network =>
            RateLimitPartition.GetTokenBucketLimiter((int)((uint)network.GetHashCode() % Counts), _ => new()
                {
                    TokenLimit = limit,
                    TokensPerPeriod = 1,
                    ReplenishmentPeriod = TimeSpan.FromMinutes(1) / limit,
                })
        );
        (_metrics, _logger) = (metrics, logger);
    }

    /// <summary>Counts a failure.</summary>
    /// <param name="context">The request.</param>
    /// <param name="kind">The authentication scheme.</param>
    /// <returns>CredentialsThrottled when its address has had too many; null otherwise.</returns>
    public Rejection? Count(HttpContext context, string kind)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        using var lease = _failures.AttemptAcquire(NetworkOf(address));
        _metrics.CredentialFailed(kind, throttled: !lease.IsAcquired);
        var count = Interlocked.Increment(ref _unlogged);
        using var line = _lines.AttemptAcquire();
        if (line.IsAcquired)
        {
            Interlocked.Add(ref _unlogged, -count);
            LogFailed(count, kind, address);
        }

        if (lease.IsAcquired)
            return null;
        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var retryAfter) ? retryAfter : TimeSpan.FromSeconds(1);
        return new(
            RejectionReason.CredentialsThrottled,
            "Too many requests from this address had a key or token that is not valid. Correct it before the next request.",
            wait
        );
    }

    public void Dispose()
    {
        _failures.Dispose();
        _lines.Dispose();
    }

    /// <summary>What belongs to one subscriber: an IPv4 address, or an IPv6 network of 64 bits.</summary>
    internal static IPAddress NetworkOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily is not AddressFamily.InterNetworkV6)
            return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new(bytes);
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Requests with an invalid credential since the last such line: {Count}; the latest for scheme {Kind} from {Address}"
    )]
    private partial void LogFailed(long count, string kind, IPAddress address);
}
