using OrleansTwitterProxy.Core.SignIn;

namespace OrleansTwitterProxy.Tests.SignIn;

public sealed class PkceTests
{
    [Fact]
    public void The_challenge_is_the_one_of_RFC_7636_appendix_B() =>
        Assert.Equal("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", Pkce.Challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));

    [Fact]
    public void Random_values_are_valid_code_verifiers_and_differ()
    {
        var values = Enumerable.Range(0, 100).Select(_ => Pkce.RandomValue()).ToHashSet(StringComparer.Ordinal);
        Assert.Equal(100, values.Count);
        Assert.All(values, value => Assert.Matches("^[A-Za-z0-9_-]{43}$", value));
    }

    [Fact]
    public void What_is_asked_for_by_default_and_what_is_required_X_knows()
    {
        Assert.All(Scopes.Default, scope => Assert.True(Scopes.IsKnown(scope), scope));
        Assert.All(Scopes.Required, scope => Assert.Contains(scope, Scopes.Default));
        Assert.Contains("offline.access", Scopes.Default);
        Assert.False(Scopes.IsKnown("Tweet.Read"));
        Assert.False(Scopes.IsKnown(""));
    }
}
