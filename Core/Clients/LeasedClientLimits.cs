using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Clients;

/// <summary>A front end's part of its clients' limits, leased from each client's quota.</summary>
/// <param name="quotaOf">The quota of a client.</param>
/// <param name="timeProvider">The clock.</param>
/// <param name="logger">Logs when a quota does not answer.</param>
public sealed class LeasedClientLimits(Func<string, IClientQuota> quotaOf, TimeProvider timeProvider, ILogger<LeasedClientLimits> logger)
    : IClientLimits
{
    private readonly string _frontEnd = Guid.NewGuid().ToString("N");
    private readonly ConcurrentDictionary<string, LeasedClient> _clients = new(StringComparer.Ordinal);

    public ValueTask<ClientPermit> AcquireAsync(Client client, CancellationToken cancellationToken)
    {
        if (client.Limit is not { } limit)
            return default;
        var leased = _clients.GetOrAdd(
            client.Id,
            static (id, self) => new(id, self._frontEnd, self.QuotaOf(id), self.Clock, self.Logger),
            this
        );
        return leased.AcquireAsync(limit, cancellationToken);
    }

    public Rejection? Preview(Client client) => client.Limit is { } limit ? _clients.GetValueOrDefault(client.Id)?.Preview(limit) : null;

    public ClientLoad? LoadOf(Client client) => client.Limit is { } limit ? _clients.GetValueOrDefault(client.Id)?.Load(limit) : null;

    private TimeProvider Clock => timeProvider;

    private ILogger Logger => logger;

    private IClientQuota QuotaOf(string clientId) => quotaOf(clientId);
}
