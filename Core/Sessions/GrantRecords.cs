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

    /// <summary>The record with the pair that a refresh has brought.</summary>
    /// <param name="record">As stored now.</param>
    /// <param name="accountId">X's user id.</param>
    /// <param name="version">Of the pair whose refresh token was spent.</param>
    /// <param name="pair">The new one.</param>
    public static SessionRecord Adopt(SessionRecord? record, string accountId, long version, GrantRecord pair)
    {
        record ??= new() { AccountId = accountId }; // signed out meanwhile, and all that was known by then revoked
        if (record.Grant is null)
            return record with { Intent = null, Revocations = [.. record.Revocations, .. Revocations(pair)] };
        if (record.Grant.Version != version)
            return record; // a newer sign-in has replaced the grant
        var grant = pair with
        {
            Version = version + 1,
            Scopes = pair.Scopes is [] ? record.Grant.Scopes : pair.Scopes,
            RefreshToken = pair.RefreshToken ?? record.Grant.RefreshToken, // RFC 6749 section 6: without a new one the old one stays good
        };
        return record with { Grant = grant, Intent = null };
    }
}
