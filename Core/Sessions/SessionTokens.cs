using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Caching.Memory;

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

    private static readonly SearchValues<char> Base64UrlCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    );

    private readonly IDataProtector _protector;
    private readonly MemoryCache _opened = new(new MemoryCacheOptions { SizeLimit = 100_000 });

    public SessionTokens(IDataProtectionProvider provider) => _protector = provider.CreateProtector("OrleansTwitterProxy.SessionToken.v1");

    /// <summary>Number of tokens that are remembered.</summary>
    internal int Count => _opened.Count;

    public string Mint(SessionToken token) =>
        Prefix + _protector.Protect(string.Join('\n', token.AccountId, token.SessionId, token.ClientId));

    /// <summary>Null when the value is not a session token of ours.</summary>
    public SessionToken? Open(string value)
    {
        if (_opened.TryGetValue(value, out SessionToken? known))
            return known;
        if (!value.StartsWith(Prefix, StringComparison.Ordinal) || value.Length > MaxLength)
            return null;
        try
        {
            if (!IsAsMinted(value))
                return null;
            if (_protector.Unprotect(value[Prefix.Length..]).Split('\n') is not [var account, var session, var client])
                return null;
            var token = new SessionToken(account, session, client);
            using var entry = _opened.CreateEntry(value);
            (entry.Value, entry.Size, entry.SlidingExpiration) = (token, 1, Remembered);
            return token;
        }
        catch (CryptographicException)
        {
            return null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>The session has ended: its token need not be remembered.</summary>
    public void Forget(string value) => _opened.Remove(value);

    public void Dispose() => _opened.Dispose();

    // Base64url readers take padding, white space, '+' and unused bits. Each such spelling would take a place of its own in the cache.
    private static bool IsAsMinted(string value)
    {
        var encoded = value.AsSpan(Prefix.Length);
        return encoded.IndexOfAnyExcept(Base64UrlCharacters) < 0
            && encoded.Length % 4 != 1
            && Base64Url.EncodeToString(Base64Url.DecodeFromChars(encoded)).AsSpan().SequenceEqual(encoded);
    }
}
