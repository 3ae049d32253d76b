using Orleans;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Media;

namespace OrleansTwitterProxy.Grains.Interfaces.Clients;

/// <summary>A client's quotas, shared by all front ends. The key is the client's id.</summary>
[Alias("otp.IClientGrain")]
public interface IClientGrain : IClientQuota, IUploadQuota, IGrainWithStringKey;
