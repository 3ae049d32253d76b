using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>From X's tokens to what is kept of them.</summary>
internal static class GrantRecords
{
    public static GrantRecord From(TokenGrant grant, string accountId, TokenVault vault, DateTimeOffset now) =>
        new()
        {
            AccessToken = vault.Protect(accountId, grant.AccessToken),
            RefreshToken = grant.RefreshToken is { } refresh ? vault.Protect(accountId, refresh) : null,
            Scopes = grant.Scopes,
            ObtainedAt = now,
            ExpiresAt = now + grant.ExpiresIn,
        };

    public static IEnumerable<PendingRevocation> Revocations(GrantRecord grant)
    {
        if (grant.RefreshToken is { } refresh)
            yield return new(refresh, "refresh_token");
        yield return new(grant.AccessToken, "access_token");
    }
}
