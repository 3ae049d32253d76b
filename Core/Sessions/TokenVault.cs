using Microsoft.AspNetCore.DataProtection;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>
/// Encrypts an account's tokens with ASP.NET Data Protection. The purpose names the account: a row copied to another cannot be read.
/// </summary>
public sealed class TokenVault(IDataProtectionProvider provider)
{
    public string Protect(string accountId, AccessToken token) => Protector(accountId, "access").Protect(token.Reveal());

    public string Protect(string accountId, RefreshToken token) => Protector(accountId, "refresh").Protect(token.Reveal());

    /// <exception cref="System.Security.Cryptography.CryptographicException">The key ring that encrypted it is not at hand.</exception>
    public AccessToken UnprotectAccess(string accountId, string payload) => new(Protector(accountId, "access").Unprotect(payload));

    /// <exception cref="System.Security.Cryptography.CryptographicException">The key ring that encrypted it is not at hand.</exception>
    public RefreshToken UnprotectRefresh(string accountId, string payload) => new(Protector(accountId, "refresh").Unprotect(payload));

    private IDataProtector Protector(string accountId, string kind) =>
        provider.CreateProtector("OrleansTwitterProxy.Tokens.v1", accountId, kind);
}
