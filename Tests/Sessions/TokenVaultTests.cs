using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using OrleansTwitterProxy.Core.Sessions;

namespace OrleansTwitterProxy.Tests.Sessions;

public sealed class TokenVaultTests
{
    private readonly TokenVault _vault = new(new EphemeralDataProtectionProvider());

    [Fact]
    public void Tokens_come_out_as_they_went_in()
    {
        Assert.Equal(new AccessToken("a"), _vault.UnprotectAccess("1", _vault.Protect("1", new AccessToken("a"))));
        Assert.Equal(new RefreshToken("r"), _vault.UnprotectRefresh("1", _vault.Protect("1", new RefreshToken("r"))));
    }

    [Fact]
    public void A_payload_holds_nothing_in_the_clear_and_is_never_the_same_twice()
    {
        var payload = _vault.Protect("1", new AccessToken("plain-access-token"));
        Assert.DoesNotContain("plain", payload, StringComparison.Ordinal);
        Assert.NotEqual(payload, _vault.Protect("1", new AccessToken("plain-access-token")));
    }

    [Fact]
    public void A_payload_copied_to_another_account_or_taken_for_the_other_kind_cannot_be_read()
    {
        var access = _vault.Protect("1", new AccessToken("a"));
        var refresh = _vault.Protect("1", new RefreshToken("r"));
        Assert.ThrowsAny<CryptographicException>(() => _vault.UnprotectAccess("2", access));
        Assert.ThrowsAny<CryptographicException>(() => _vault.UnprotectRefresh("1", access));
        Assert.ThrowsAny<CryptographicException>(() => _vault.UnprotectAccess("1", refresh));
        Assert.ThrowsAny<CryptographicException>(() => _vault.UnprotectAccess("1", "garbage"));
    }
}
