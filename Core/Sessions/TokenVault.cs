using System.Buffers.Text;
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
    internal const string Access = "access";
    internal const string Refresh = "refresh";

    // Every payload of Data Protection begins with four magic bytes and the id of its key.
    private const int KeyAt = sizeof(uint);
    private const int KeyBytes = 16;

    private readonly ILogger _logger = logger ?? (ILogger)NullLogger.Instance;
    private readonly ReportThrottle _unreadable = new(timeProvider ?? TimeProvider.System);

    public string Protect(string accountId, AccessToken token) => Protector(accountId, Access).Protect(token.Reveal());

    public string Protect(string accountId, RefreshToken token) => Protector(accountId, Refresh).Protect(token.Reveal());

    /// <exception cref="CryptographicException">The key ring that encrypted it is not at hand.</exception>
    public AccessToken UnprotectAccess(string accountId, string payload) => new(Unprotect(accountId, Access, payload));

    /// <exception cref="CryptographicException">The key ring that encrypted it is not at hand.</exception>
    public RefreshToken UnprotectRefresh(string accountId, string payload) => new(Unprotect(accountId, Refresh, payload));

    /// <summary>The payload of the same token under the newest key; the payload itself if it has that key.</summary>
    /// <exception cref="CryptographicException">The key ring that encrypted it is not at hand.</exception>
    internal string Rewrap(string accountId, string kind, string payload)
    {
        if (Protector(accountId, kind) is not IPersistedDataProtector protector)
            return payload;
        var token = protector.DangerousUnprotect(
            Base64Url.DecodeFromChars(payload),
            ignoreRevocationErrors: false,
            out var isOfOldKey,
            out _
        );
        var rewrapped = isOfOldKey ? Base64Url.EncodeToString(protector.Protect(token)) : payload;
        CryptographicOperations.ZeroMemory(token);
        return rewrapped;
    }

    /// <summary>The id of the key that encrypted a payload.</summary>
    internal static Guid KeyOf(string payload) => new(Base64Url.DecodeFromChars(payload).AsSpan(KeyAt, KeyBytes));

    /// <summary>The id of the key that encrypts now.</summary>
    public Guid NewestKey() => KeyOf(Protector("", "none").Protect(""));

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
