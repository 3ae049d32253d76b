using Orleans;
using OrleansTwitterProxy.Core.SignIn;

namespace OrleansTwitterProxy.Grains.Interfaces.SignIn;

/// <summary>One pending authorization as a grain. Key: the OAuth state.</summary>
[Alias("otp.ISignInGrain")]
public interface ISignInGrain : ISignIn, IGrainWithStringKey;
