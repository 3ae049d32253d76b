using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Caching.Memory;
using OrleansTwitterProxy.Core.Sealing;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>
/// Mints and opens session tokens. Opening costs 20 us of cryptography, so opened ones are remembered; that a session is live is not
/// decided here but by the account, on every call.
/// </summary>
public sealed class SessionTokens : IDisposable
{
    /// <summary>Makes a leaked token recognisable to secret scanners.</summary>
    private const string Prefix = "otps_";

    private const int MaxLength = 2048;

    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(5);

    private readonly SealedText _sealed;
    private readonly MemoryCache _opened = new(new MemoryCacheOptions { SizeLimit = 100_000 });

    /// <param name="provider">The key ring.</param>
    /// <param name="keys">As for <see cref="SealedText"/>.</param>
    public SessionTokens(IDataProtectionProvider provider, SealingKeys? keys = null) =>
        _sealed = new(provider, "OrleansTwitterProxy.SessionToken.v1", keys);

    /// <summary>Number of tokens that are remembered.</summary>
    internal int Count => _opened.Count;

    public string Mint(SessionToken token) => Prefix + _sealed.Seal(string.Join('\n', token.AccountId, token.SessionId, token.ClientId));

    /// <summary>Null when the value is not a session token of ours.</summary>
    public SessionToken? Open(string value)
    {
        if (_opened.TryGetValue(value, out SessionToken? known))
            return known;
        if (!value.StartsWith(Prefix, StringComparison.Ordinal) || value.Length > MaxLength)
            return null;
        if (_sealed.Open(value[Prefix.Length..])?.Split('\n') is not [var account, var session, var client])
            return null;
        var token = new SessionToken(account, session, client);
        using var entry = _opened.CreateEntry(value);
        (entry.Value, entry.Size, entry.SlidingExpiration) = (token, 1, Remembered);
        return token;
    }

    /// <summary>The session has ended: its token need not be remembered.</summary>
    public void Forget(string value) => _opened.Remove(value);

    public void Dispose() => _opened.Dispose();
}
