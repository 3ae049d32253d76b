using Orleans;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Engine;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Grains.Interfaces.Circuit;
using OrleansTwitterProxy.Grains.Interfaces.Media;
using OrleansTwitterProxy.Grains.Interfaces.Sessions;
using OrleansTwitterProxy.Grains.Interfaces.SignIn;

namespace OrleansTwitterProxy.Grains.Engine;

/// <summary>The cluster as the front end sees it: the actors are the grains themselves.</summary>
/// <param name="grains">Orleans.</param>
/// <param name="home">Where the grains' state is kept, for the banner.</param>
public sealed class GrainEngine(IGrainFactory grains, string home) : IEngine
{
    public string Name => "orleans";

    public string Description => $"orleans, {home}";

    public IUserSession Session(string accountId) => grains.GetGrain<IUserSessionGrain>(accountId);

    public ICircuitControl Circuit => grains.GetGrain<ICircuitBreakerGrain>(ICircuitBreakerGrain.Key);

    public ISignIn SignIn(string state) => grains.GetGrain<ISignInGrain>(state);

    public IMediaUpload Upload(string uploadId) => grains.GetGrain<IMediaUploadGrain>(uploadId);
}
