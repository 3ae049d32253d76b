using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansTwitterProxy.Core.Telemetry;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>
/// Encrypts an account's tokens with ASP.NET Data Protection. The purpose names the account: a row copied to another cannot be read.
/// Without the key ring no account's tokens can be, so the log says so once a minute. Thread-safe.
/// </summary>
public sealed partial class TokenVault(
    IDataProtectionProvider provider,
    TimeProvider? timeProvider = null,
    ILogger<TokenVault>? logger = null
)
{
    private readonly ILogger _logger = logger ?? (ILogger)NullLogger.Instance;
    private readonly ReportThrottle _unreadable = new(timeProvider ?? TimeProvider.System);

    public string Protect(string accountId, AccessToken token) => Protector(accountId, "access").Protect(token.Reveal());

    public string Protect(string accountId, RefreshToken token) => Protector(accountId, "refresh").Protect(token.Reveal());

    /// <exception cref="CryptographicException">The key ring that encrypted it is not at hand.</exception>
    public AccessToken UnprotectAccess(string accountId, string payload) => new(Unprotect(accountId, "access", payload));

    /// <exception cref="CryptographicException">The key ring that encrypted it is not at hand.</exception>
    public RefreshToken UnprotectRefresh(string accountId, string payload) => new(Unprotect(accountId, "refresh", payload));

    private string Unprotect(string accountId, string kind, string payload)
    {
        try
        {
            return Protector(accountId, kind).Unprotect(payload);
        }
        catch (CryptographicException e)
        {
            if (_unreadable.Count() is { } count)
                LogUnreadable(count, accountId, e.Message);
            throw;
        }
    }

    private IDataProtector Protector(string accountId, string kind) =>
        provider.CreateProtector("OrleansTwitterProxy.Tokens.v1", accountId, kind);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Tokens cannot be decrypted with the keys at hand, {Count} times since the last line like this; the newest are of account {AccountId}: {Cause} Restore the key ring from the backup; the tokens stay where they are"
    )]
    private partial void LogUnreadable(int count, string accountId, string cause);
}
