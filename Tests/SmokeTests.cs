using System.Net;
using System.Net.Http.Json;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests;

public sealed class SmokeTests
{
    [Fact]
    public async Task A_user_signs_in_tweets_and_signs_out()
    {
        await using var proxy = await ProxyHost.StartAsync();
        var alice = await proxy.SignInAsync("alice");

        var posted = await ProxyHost.ReadAsync(await alice.Http.PostAsJsonAsync("/v1/tweets", new { text = "hello" }));
        var timeline = await ProxyHost.ReadAsync(await alice.Http.GetAsync("/v1/timelines/user"));
        await ProxyHost.ReadAsync(await alice.Http.DeleteAsync("/v1/session"));
        var refused = await alice.Http.GetAsync("/v1/users/me");

        Assert.Equal(
            posted.GetProperty("data").GetProperty("id").GetString(),
            timeline.GetProperty("data")[0].GetProperty("id").GetString()
        );
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }
}
