using Orleans;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Grains.Interfaces.Cluster;

namespace OrleansTwitterProxy.Grains.Interfaces.Sessions;

/// <summary>The account's session as a grain. Key: X's user id.</summary>
[Alias("otp.IUserSessionGrain")]
public interface IUserSessionGrain : IUserSession, IAccountControl, ICallTracker, IGrainWithStringKey;
