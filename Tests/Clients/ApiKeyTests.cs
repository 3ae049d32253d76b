using OrleansTwitterProxy.Core.Clients;

namespace OrleansTwitterProxy.Tests.Clients;

public sealed class ApiKeyTests
{
    [Fact]
    public void A_new_key_has_256_random_bits_behind_a_prefix_that_scanners_know()
    {
        var keys = Enumerable.Range(0, 100).Select(_ => ApiKey.New()).ToHashSet(StringComparer.Ordinal);
        Assert.Equal(100, keys.Count);
        Assert.All(keys, key => Assert.Matches("^otpk_[A-Za-z0-9_-]{43}$", key));
    }

    [Fact]
    public void The_hash_is_the_SHA_256_in_lower_case_hex() =>
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", ApiKey.Hash("abc"));

    [Theory]
    [InlineData("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", true)]
    [InlineData("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", true)]
    [InlineData("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a", false)]
    [InlineData("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0", false)]
    [InlineData("ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", false)]
    [InlineData("otpk_dae2223b00361a396177a9cb410ff61f20015adae2223b00361a396177a", false)]
    [InlineData("", false)]
    public void A_hash_is_told_from_a_key(string value, bool isHash) => Assert.Equal(isHash, ApiKey.IsHash(value));
}
