using Microsoft.AspNetCore.DataProtection;
using OrleansTwitterProxy.Core.Sessions;

namespace OrleansTwitterProxy.Tests.Sessions;

public sealed class SessionTokensTests : IDisposable
{
    private static readonly SessionToken Token = new("1849", "k3Jx_session-id", "app.one");

    private readonly EphemeralDataProtectionProvider _keys = new();
    private readonly SessionTokens _tokens;

    public SessionTokensTests() => _tokens = new(_keys);

    public void Dispose() => _tokens.Dispose();

    [Fact]
    public void What_is_minted_opens_to_the_same_here_and_in_every_process_with_the_keys()
    {
        var value = _tokens.Mint(Token);
        Assert.Equal(Token, _tokens.Open(value));
        using var another = new SessionTokens(_keys);
        Assert.Equal(Token, another.Open(value));
    }

    [Fact]
    public void A_token_can_be_told_by_its_prefix_and_fits_a_header() =>
        Assert.Matches("^otps_[A-Za-z0-9_-]{50,1000}$", _tokens.Mint(Token));

    [Fact]
    public void A_token_opens_again_after_it_was_forgotten()
    {
        var value = _tokens.Mint(Token);
        Assert.Same(_tokens.Open(value), _tokens.Open(value));
        _tokens.Forget(value);
        Assert.Equal(Token, _tokens.Open(value));
    }

    [Fact]
    public void No_character_of_a_token_can_be_changed_so_that_it_opens_to_something_else()
    {
        var value = _tokens.Mint(Token);
        for (var i = 0; i < value.Length; i++)
        {
            var other = value[i] is 'A' ? 'B' : 'A';
            var opened = _tokens.Open($"{value[..i]}{other}{value[(i + 1)..]}");
            Assert.True(opened is null, $"opened with character {i} changed");
        }
    }

    [Fact]
    public void No_other_spelling_of_a_token_opens_or_takes_a_place_in_the_cache()
    {
        var value = _tokens.Mint(Token);
        _tokens.Open(value);
        List<string> others =
        [
            value + "=",
            value + "==",
            value + "%",
            value + " ",
            " " + value,
            value.Insert(40, " "),
            value.Insert(40, "\t"),
            value.Insert(5, "\n"),
            "OTPS_" + value[5..],
            value.Replace('-', '+') + (value.Contains('-', StringComparison.Ordinal) ? "" : "+"),
            value.Replace('_', '/'),
            .. "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".Where(c => c != value[^1]).Select(c => value[..^1] + c),
        ];

        Assert.All(others, other => Assert.Null(_tokens.Open(other)));

        Assert.Equal(1, _tokens.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("otps_")]
    [InlineData("otps_A")]
    [InlineData("otps_AAAA")]
    [InlineData("otps_%%%%")]
    [InlineData("otps_ä")]
    [InlineData("otps_\n\n")]
    [InlineData("OTPS_AAAA")]
    [InlineData("Bearer otps_AAAA")]
    public void What_is_no_token_opens_to_nothing(string value) => Assert.Null(_tokens.Open(value));

    [Fact]
    public void A_token_without_its_prefix_or_cut_or_extended_opens_to_nothing()
    {
        var value = _tokens.Mint(Token);
        Assert.Null(_tokens.Open(value[5..]));
        Assert.Null(_tokens.Open(value[..^4]));
        Assert.Null(_tokens.Open(value + "AAAA"));
        Assert.Null(_tokens.Open(value + new string('A', 100_000)));
    }

    [Fact]
    public void A_payload_made_for_another_purpose_opens_to_nothing()
    {
        var payload = string.Join('\n', Token.AccountId, Token.SessionId, Token.ClientId);
        Assert.NotNull(_tokens.Open("otps_" + _keys.CreateProtector("OrleansTwitterProxy.SessionToken.v1").Protect(payload)));
        Assert.Null(_tokens.Open("otps_" + _keys.CreateProtector("OrleansTwitterProxy.CodeVerifier.v1").Protect(payload)));
        Assert.Null(_tokens.Open("otps_" + new TokenVault(_keys).Protect("1849", new AccessToken(payload))));
    }

    [Theory]
    [InlineData("one")]
    [InlineData("one\ntwo")]
    [InlineData("one\ntwo\nthree\nfour")]
    public void A_payload_of_another_shape_opens_to_nothing(string payload) =>
        Assert.Null(_tokens.Open("otps_" + _keys.CreateProtector("OrleansTwitterProxy.SessionToken.v1").Protect(payload)));

    [Fact]
    public void A_token_of_another_key_ring_opens_to_nothing()
    {
        using var others = new SessionTokens(new EphemeralDataProtectionProvider());
        Assert.Null(_tokens.Open(others.Mint(Token)));
    }
}
