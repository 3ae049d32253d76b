using Microsoft.AspNetCore.DataProtection;
using OrleansTwitterProxy.Core.Sealing;

namespace OrleansTwitterProxy.Core.SignIn;

/// <summary>
/// The OAuth <c>state</c> of a sign-in: its id, sealed. X sends it back through a browser, so anybody can send one; only a value that this
/// proxy made leads to a sign-in. About 200 characters, all of them safe in a URL; X allows 500.
/// </summary>
public sealed class SignInStates(IDataProtectionProvider provider, SealingKeys? keys = null)
{
    /// <summary>
    /// The longest <see cref="SignInOptions.PendingLifetime"/> and <see cref="SignInOptions.HandoffLifetime"/> together. The sign-in's
    /// record decides within this time.
    /// </summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(70);

    private readonly SealedText _states = new(provider, "OrleansTwitterProxy.SignInState.v1", keys);

    /// <summary>The state for a sign-in.</summary>
    public string Of(string signInId) => _states.Seal(signInId, Lifetime);

    /// <summary>The id of the sign-in; null when this proxy did not make the state, or made it too long ago.</summary>
    public string? Open(string state) => _states.OpenTimed(state);
}
