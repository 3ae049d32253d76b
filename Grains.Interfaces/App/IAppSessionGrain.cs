using Orleans;
using OrleansTwitterProxy.Core.App;
using OrleansTwitterProxy.Grains.Interfaces.Cluster;

namespace OrleansTwitterProxy.Grains.Interfaces.App;

/// <summary>The X app as a caller, as a grain: a singleton.</summary>
[Alias("otp.IAppSessionGrain")]
public interface IAppSessionGrain : IAppSession, ICallTracker, IGrainWithStringKey
{
    /// <summary>The key of the singleton.</summary>
    const string Key = "x";
}
