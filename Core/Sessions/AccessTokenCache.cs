namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>The access token of the newest pair in the clear, so that decryption is paid once per refresh and not once per call.</summary>
internal sealed class AccessTokenCache(string accountId, TokenVault vault)
{
    private volatile Opened? _opened;

    /// <exception cref="System.Security.Cryptography.CryptographicException">The key ring that encrypted it is not at hand.</exception>
    public LiveToken Of(GrantRecord grant)
    {
        if (_opened is not { } opened || !ReferenceEquals(opened.Grant, grant))
        {
            _opened = opened = new(grant, new(grant.Version, vault.UnprotectAccess(accountId, grant.AccessToken)));
        }

        return opened.Token;
    }

    private sealed record Opened(GrantRecord Grant, LiveToken Token);
}

/// <summary>An access token with the version of the pair it belongs to.</summary>
internal readonly record struct LiveToken(long Version, AccessToken Token);
