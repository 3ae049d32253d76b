using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.SignIn;

/// <summary>A shared proxy whose one client has registered a return URL.</summary>
public sealed class ReturnUrlProxy : SharedClockedProxy
{
    private protected override ProxySetup Setup => new() { Settings = SignInSteps.ReturnUrlRegistered };
}
