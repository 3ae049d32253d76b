using Orleans;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Grains.Cluster;
using OrleansTwitterProxy.Grains.Interfaces.Clients;

namespace OrleansTwitterProxy.Grains.Clients;

/// <summary>Hosts one client's <see cref="ClientQuota"/>. Kept in memory: were it to leave, an empty bucket would come back full.</summary>
[GrainType("client"), KeepAlive]
public sealed class ClientGrain(TimeProvider timeProvider) : Grain, IClientGrain
{
    private readonly ClientQuota _quota = new(timeProvider);

    public Task<ClientLease> LeaseAsync(ClientDemand demand) => Task.FromResult(_quota.Lease(demand));
}
