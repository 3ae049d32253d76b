using Orleans;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Grains.Cluster;
using OrleansTwitterProxy.Grains.Interfaces.Clients;

namespace OrleansTwitterProxy.Grains.Clients;

/// <summary>
/// Hosts one client's <see cref="ClientQuota"/>. Never deactivated when idle: an empty bucket would be full after the next activation.
/// </summary>
[GrainType("client"), KeepAlive]
public sealed class ClientGrain(TimeProvider timeProvider) : Grain, IClientGrain
{
    private readonly ClientQuota _quota = new(timeProvider);

    public Task<ClientLease> LeaseAsync(ClientDemand demand) => Task.FromResult(_quota.Lease(demand));
}
