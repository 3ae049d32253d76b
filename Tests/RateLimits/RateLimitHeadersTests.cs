using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.RateLimits;

namespace OrleansTwitterProxy.Tests.RateLimits;

public sealed class RateLimitHeadersTests
{
    [Theory]
    [InlineData("x-rate-limit-limit: 100|x-rate-limit-remaining: 7|x-rate-limit-reset: 1772366400", 100, 7, 1772366400)]
    [InlineData("X-Rate-Limit-Limit: 100|X-RATE-LIMIT-REMAINING: 7|x-rate-limit-Reset: 1772366400", 100, 7, 1772366400)]
    [InlineData("x-rate-limit-reset: 1772366400|x-rate-limit-limit: 100|x-rate-limit-remaining: 0", 100, 0, 1772366400)]
    [InlineData("x-rate-limit-limit: 1200000|x-rate-limit-remaining: 1199999|x-rate-limit-reset: 1772366400", 1200000, 1199999, 1772366400)]
    [InlineData("x-rate-limit-limit: 9223372036854775807|x-rate-limit-remaining: 1|x-rate-limit-reset: 0", long.MaxValue, 1, 0)]
    [InlineData("x-rate-limit-limit: 5|x-rate-limit-remaining: 1|x-rate-limit-reset: 99999999999", 5, 1, 99999999999)]
    [InlineData("x-rate-limit-limit: 5|x-rate-limit-remaining: 1|x-rate-limit-reset: 1772366400999", 5, 1, 1772366400)]
    [InlineData("x-rate-limit-limit: 5|x-rate-limit-remaining: 1|x-rate-limit-reset: 7|x-rate-limit-colour: blue", 5, 1, 7)]
    [InlineData("x-rate-limit-limit: 00100|x-rate-limit-remaining: 07|x-rate-limit-reset: 7", 100, 7, 7)]
    public void A_whole_group_is_read(string lines, long limit, long remaining, long reset) =>
        Assert.Equal(new(limit, remaining, DateTimeOffset.FromUnixTimeSeconds(reset)), Parse(lines).FifteenMinutes);

    [Theory]
    [InlineData("")]
    [InlineData("content-type: application/json|x: y|x-rate-limit-: 5")]
    [InlineData("x-rate-limit-limit: 100|x-rate-limit-remaining: 7")]
    [InlineData("x-rate-limit-limit: 100|x-rate-limit-reset: 1772366400")]
    [InlineData("x-rate-limit-remaining: 7|x-rate-limit-reset: 1772366400")]
    [InlineData("x-rate-limit-limit: |x-rate-limit-remaining: 7|x-rate-limit-reset: 1772366400")]
    [InlineData("x-rate-limit-limit: many|x-rate-limit-remaining: 7|x-rate-limit-reset: 1772366400")]
    [InlineData("x-rate-limit-limit: 100|x-rate-limit-remaining: -1|x-rate-limit-reset: 1772366400")]
    [InlineData("x-rate-limit-limit: 100|x-rate-limit-remaining: 7.5|x-rate-limit-reset: 1772366400")]
    [InlineData("x-rate-limit-limit: 1e2|x-rate-limit-remaining: 7|x-rate-limit-reset: 1772366400")]
    [InlineData("x-rate-limit-limit: 1,000|x-rate-limit-remaining: 7|x-rate-limit-reset: 1772366400")]
    [InlineData("x-rate-limit-limit: 0x10|x-rate-limit-remaining: 7|x-rate-limit-reset: 1772366400")]
    [InlineData("x-rate-limit-limit: 100|x-rate-limit-remaining: 7|x-rate-limit-reset: Tue, 03 Mar 2026 12:00:00 GMT")]
    [InlineData("x-rate-limit-limit: 9223372036854775808|x-rate-limit-remaining: 7|x-rate-limit-reset: 1772366400")]
    [InlineData("x-rate-limit-limit: 100|x-rate-limit-remaining: 7|x-rate-limit-reset: 253402300800000")]
    [InlineData("x-rate-limit-limit: ١٠٠|x-rate-limit-remaining: 7|x-rate-limit-reset: 1772366400")]
    public void A_group_that_lacks_a_member_or_holds_garbage_is_absent(string lines) => Assert.Equal(default, Parse(lines));

    [Fact]
    public void The_three_groups_are_told_apart()
    {
        var headers = Parse(
            "x-rate-limit-limit: 1|x-rate-limit-remaining: 2|x-rate-limit-reset: 3"
                + "|x-user-limit-24hour-limit: 4|x-user-limit-24hour-remaining: 5|x-user-limit-24hour-reset: 6"
                + "|x-app-limit-24hour-limit: 7|x-app-limit-24hour-remaining: 8|x-app-limit-24hour-reset: 9"
        );
        Assert.Equal(new(1, 2, DateTimeOffset.FromUnixTimeSeconds(3)), headers[WindowKind.FifteenMinutes]);
        Assert.Equal(new(4, 5, DateTimeOffset.FromUnixTimeSeconds(6)), headers[WindowKind.AccountDay]);
        Assert.Equal(new(7, 8, DateTimeOffset.FromUnixTimeSeconds(9)), headers[WindowKind.AppDay]);
    }

    [Fact]
    public void Garbage_in_one_group_does_not_spoil_another()
    {
        var headers = Parse(
            "x-rate-limit-limit: oops|x-rate-limit-remaining: 2|x-rate-limit-reset: 3"
                + "|x-user-limit-24hour-limit: 4|x-user-limit-24hour-remaining: 5|x-user-limit-24hour-reset: 6"
        );
        Assert.Null(headers.FifteenMinutes);
        Assert.Equal(4, headers.AccountDay?.Limit);
    }

    [Theory]
    [InlineData("x-rate-limit-limit", true)]
    [InlineData("X-Rate-Limit-Reset", true)]
    [InlineData("x-user-limit-24hour-remaining", true)]
    [InlineData("x-app-limit-24hour-remaining", true)]
    [InlineData("x-rate", false)]
    [InlineData("ratelimit", false)]
    [InlineData("set-cookie", false)]
    public void Rate_limit_headers_are_known_by_their_prefix(string name, bool expected) =>
        Assert.Equal(expected, RateLimitHeaders.IsRateLimitHeader(name));

    private static RateLimitHeaders Parse(string lines) =>
        RateLimitHeaders.Parse([
            .. lines
                .Split('|', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split(": ", 2))
                .Select(pair => new HeaderField(pair[0], pair[1])),
        ]);
}
