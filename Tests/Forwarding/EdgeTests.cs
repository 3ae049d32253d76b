using System.Globalization;
using System.Net;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Forwarding;

/// <summary>X's edge: what it wants to be told, and what it says in X's place.</summary>
public sealed class EdgeTests(SharedProxy shared) : FreshAccountTest(shared), IClassFixture<SharedProxy>
{
    [Theory]
    [InlineData(520)]
    [InlineData(521)]
    [InlineData(522)]
    [InlineData(523)]
    [InlineData(524)]
    [InlineData(525)]
    [InlineData(526)]
    [InlineData(527)]
    [InlineData(530)]
    public async Task A_read_that_the_edge_fails_once_is_repeated(int status)
    {
        var once = X.Faults.Add(
            new()
            {
                Endpoint = "GET /2/users/me",
                Times = 1,
                Status = status,
                Body = $"error code: {status}",
                Headers = new Dictionary<string, string?> { ["Content-Type"] = "text/html" },
            }
        );

        Assert.Equal(HttpStatusCode.OK, (await Alice.Http.GetAsync("/v1/users/me")).StatusCode);
        Assert.Equal(1, once.Hits);
    }

    [Theory]
    [InlineData("/2/spaces/search?query=a")] // X states no window for it
    [InlineData("/2/users/me")]
    public async Task The_first_429_without_a_word_on_time_has_a_time_and_so_have_those_that_follow(string target)
    {
        X.Faults.Add(
            new()
            {
                Endpoint = $"GET {target.Split('?')[0]}",
                Times = 1,
                Status = 429,
                Body = "error code: 1015",
                Headers = new Dictionary<string, string?>
                {
                    ["Content-Type"] = "text/plain",
                    ["x-rate-limit-limit"] = null,
                    ["x-rate-limit-remaining"] = null,
                    ["x-rate-limit-reset"] = null,
                },
            }
        );

        var first = await Alice.Http.GetAsync(target);
        var second = await Alice.Http.GetAsync(target);

        Assert.Equal("error code: 1015", await first.Content.ReadAsStringAsync());
        Assert.InRange(first.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.InRange((await Refusal.ExpectAsync(second, 429, "rate_limited")).RetryAfter!.Value, 1, 60);
    }

    [Fact]
    public async Task A_429_never_invites_back_before_the_proxy_would_send_the_call()
    {
        X.Faults.Add(
            new()
            {
                Endpoint = "GET /2/users/me",
                Times = 1,
                Status = 429,
                Headers = new Dictionary<string, string?>
                {
                    ["Retry-After"] = "1",
                    ["x-rate-limit-limit"] = "75",
                    ["x-rate-limit-remaining"] = "0",
                    ["x-rate-limit-reset"] = TimeProvider
                        .System.GetUtcNow()
                        .AddMinutes(5)
                        .ToUnixTimeSeconds()
                        .ToString(CultureInfo.InvariantCulture),
                },
            }
        );

        using var refused = await Alice.Http.GetAsync("/2/users/me");

        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 280, 300);
    }

    [Fact]
    public async Task A_usage_cap_has_no_time_because_waiting_does_not_cure_it()
    {
        X.Faults.Add(new() { Endpoint = "GET /2/users/me", Variant = FaultVariant.UsageCapped });
        Assert.Null((await Alice.Http.GetAsync("/2/users/me")).Headers.RetryAfter);
    }
}
