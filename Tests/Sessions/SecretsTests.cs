using System.Text.Json;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Tests.Sessions;

public sealed class SecretsTests
{
    private const string Secret = "s3cret-value";

    public static TheoryData<object> Holders =>
        [
            new AccessToken(Secret),
            new RefreshToken(Secret),
            new LiveToken(1, new(Secret)),
            new TokenGrant(new(Secret), new RefreshToken(Secret), TimeSpan.FromHours(2), ["tweet.read"]),
            new TokenResult.Granted(new(new(Secret), new RefreshToken(Secret), TimeSpan.FromHours(2), [])),
            new SessionToken("1", Secret, "app"),
            new SignInCallback(Secret, null),
            new SignInOutcome(null, "https://app.example.com/", Secret, new("app", Secret, new("1", "ada"), [], [])),
            TokenResponse.Parse(System.Text.Encoding.UTF8.GetBytes($$"""{"access_token":"{{Secret}}","refresh_token":"{{Secret}}"}"""))!,
            new TwitterOptions { ClientSecret = Secret },
            new { Nested = new AccessToken(Secret), Optional = (RefreshToken?)new RefreshToken(Secret) },
            (1, new AccessToken(Secret)),
        ];

    [Theory]
    [MemberData(nameof(Holders), DisableDiscoveryEnumeration = true)]
    public void A_secret_prints_as_a_redaction_also_inside_what_holds_it(object holder)
    {
        Assert.DoesNotContain(Secret, holder.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, $"{holder}", StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_does_not_slip_into_JSON() =>
        Assert.DoesNotContain(
            Secret,
            JsonSerializer.Serialize(
                new { Access = new AccessToken(Secret), Refresh = (RefreshToken?)new RefreshToken(Secret) },
                JsonSerializerOptions.Web
            ),
            StringComparison.Ordinal
        );

    [Fact]
    public void A_token_is_revealed_on_demand_only()
    {
        Assert.Equal(Secret, new AccessToken(Secret).Reveal());
        Assert.Equal(Secret, new RefreshToken(Secret).Reveal());
    }
}
