using Orleans;
using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Grains.Interfaces.Cluster;

namespace OrleansTwitterProxy.Grains.Interfaces.SignIn;

/// <summary>One pending authorization as a grain. Key: the OAuth state.</summary>
[Alias("otp.ISignInGrain")]
public interface ISignInGrain : ISignIn, ICallTracker, IGrainWithStringKey;
