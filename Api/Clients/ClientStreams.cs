using System.Threading.RateLimiting;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Clients;

/// <summary>
/// Bounds what each client has open for minutes: event streams, and tweets that wait for an upload. Each holds a connection and asks a
/// grain again and again. Thread-safe.
/// </summary>
public sealed class ClientStreams : IDisposable
{
    // A changed limit begins a new count.
    private readonly PartitionedRateLimiter<Client> _open = PartitionedRateLimiter.Create<Client, (string, int)>(client =>
        RateLimitPartition.GetConcurrencyLimiter((client.Id, client.StreamLimit), static partition =>
            new() { PermitLimit = partition.Item2, QueueLimit = 0 }
        )
    );

    /// <summary>Takes a place among the client's streams at this front end.</summary>
    /// <param name="client">The client.</param>
    /// <param name="place">To be disposed of when the stream has ended.</param>
    /// <returns>Null, or ClientRateLimited.</returns>
    public Rejection? Open(Client client, out IDisposable place)
    {
        var lease = _open.AttemptAcquire(client);
        place = lease;
        return lease.IsAcquired
            ? null
            : new(
                RejectionReason.ClientRateLimited,
                $"The client '{client.Id}' has {client.StreamLimit} event streams and waits for uploads open (Clients:{client.Id}:StreamLimit). Close one, or ask for the progress instead.",
                TimeSpan.FromSeconds(1)
            );
    }

    public void Dispose() => _open.Dispose();
}
