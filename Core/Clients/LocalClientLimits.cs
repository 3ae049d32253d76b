using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Clients;

/// <summary>The limits of clients whose calls all come through this process: exact.</summary>
public sealed class LocalClientLimits : IClientLimits, IDisposable
{
    private readonly ConcurrentDictionary<string, Limiters> _clients = new(StringComparer.Ordinal);

    public ValueTask<ClientPermit> AcquireAsync(Client client, CancellationToken cancellationToken) =>
        client.Limit is { } limit ? new(Of(client.Id, limit).Acquire(client.Id)) : default;

    public Rejection? Foresee(Client client) => client.Limit is { } limit ? Of(client.Id, limit).Foresee(client.Id) : null;

    public void Dispose()
    {
        foreach (var limiters in _clients.Values) limiters.Dispose();
    }

    // Clients are reloaded live: a limit that was changed begins anew, with a full bucket.
    private Limiters Of(string clientId, ClientLimit limit)
    {
        while (true)
        {
            var limiters = _clients.GetOrAdd(clientId, static (_, limit) => new(limit), limit);
            if (limiters.Limit == limit) return limiters;
            if (_clients.TryUpdate(clientId, new(limit), limiters)) limiters.Dispose();
        }
    }

    private sealed class Limiters(ClientLimit limit) : IDisposable
    {
        private readonly ConcurrencyLimiter? _places = limit.PermitLimit is { } permits ? new(new() { PermitLimit = permits }) : null;

        private readonly TokenBucketRateLimiter? _bucket = limit.TokenLimit is { } tokens
            ? new(new() { TokenLimit = tokens, TokensPerPeriod = limit.TokensPerPeriod, ReplenishmentPeriod = limit.ReplenishmentPeriod, AutoReplenishment = true })
            : null;

        public ClientLimit Limit => limit;

        public ClientPermit Acquire(string clientId)
        {
            // The place first: a call that finds none must not cost a token.
            var place = _places?.AttemptAcquire();
            if (place is { IsAcquired: false }) return ClientPermit.TooManyAtOnce(clientId);
            using var token = _bucket?.AttemptAcquire();
            if (token is not { IsAcquired: false }) return new(null, place);
            place?.Dispose();
            return OverRate(clientId, token);
        }

        // Of no permits at all: whether there are any.
        public Rejection? Foresee(string clientId)
        {
            using var place = _places?.AttemptAcquire(0);
            if (place is { IsAcquired: false }) return ClientPermit.TooManyAtOnce(clientId).Rejection;
            using var token = _bucket?.AttemptAcquire(0);
            return token is { IsAcquired: false } ? OverRate(clientId, token).Rejection : null;
        }

        private ClientPermit OverRate(string clientId, RateLimitLease refused) =>
            ClientPermit.OverRate(clientId, refused.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : limit.ReplenishmentPeriod);

        public void Dispose()
        {
            _places?.Dispose();
            _bucket?.Dispose();
        }
    }
}
