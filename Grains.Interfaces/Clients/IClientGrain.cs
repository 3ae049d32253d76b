using Orleans;
using OrleansTwitterProxy.Core.Clients;

namespace OrleansTwitterProxy.Grains.Interfaces.Clients;

/// <summary>A client's quota, shared by all front ends. The key is the client's id.</summary>
[Alias("otp.IClientGrain")]
public interface IClientGrain : IClientQuota, IGrainWithStringKey;
