using Orleans;
using OrleansTwitterProxy.Core.Sessions;

namespace OrleansTwitterProxy.Grains.Interfaces.Sessions;

/// <summary>The singleton that re-encrypts stored tokens with the newest key. Its progress is in memory; what is done is not.</summary>
[Alias("otp.ITokenRewrapGrain")]
public interface ITokenRewrapGrain : IGrainWithStringKey
{
    /// <summary>The key of the singleton.</summary>
    const string Key = "x";

    /// <summary>Begins a run, unless one is under way. Returns at once.</summary>
    [Alias("StartRewrap")]
    Task<RewrapProgress> StartRewrapAsync();

    /// <summary>How far it is.</summary>
    [Alias("GetRewrap")]
    Task<RewrapProgress> GetRewrapAsync();
}
