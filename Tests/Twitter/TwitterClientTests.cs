using System.Net;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Tests.Sessions;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Twitter;

public sealed class TwitterClientTests
{
    private static readonly Func<HttpResponseMessage> Ok = () => ScriptedX.Json(200, "{}");

    [Theory]
    [InlineData("/2/tweets?query=a%20b+c%2Fd&x=%7Bid%7D")]
    [InlineData("/2/tweets/1%2C2?ids=1,2&tweet.fields=a%2cb")]
    [InlineData("/2/users/by/username/%E2%82%AC?q=%e2%82%ac")]
    [InlineData("/2/tweets?start_time=2026-03-01T00:00:00Z&q=\"x\"")]
    [InlineData("/2/a;b=c/d")]
    public async Task The_target_goes_out_as_it_came_in(string target)
    {
        var x = new ScriptedX(Ok);
        await SendAsync(x, "GET", target);
        Assert.Equal(target, Assert.Single(x.Requests).Uri.PathAndQuery);
        Assert.Equal("api.x.test", x.Requests[0].Uri.Host);
    }

    [Fact]
    public async Task The_access_token_takes_the_place_of_the_callers()
    {
        var x = new ScriptedX(Ok);
        await SendAsync(
            x,
            "POST",
            "/2/tweets",
            [new("Content-Type", "application/json; charset=utf-8"), new("User-Agent", "a b (c)")],
            """{"text":"hi"}"""u8.ToArray()
        );
        var request = Assert.Single(x.Requests);
        Assert.Equal("Bearer secret", request.Headers["Authorization"]);
        Assert.Equal("application/json; charset=utf-8", request.Headers["Content-Type"]);
        Assert.Equal("a b (c)", request.Headers["User-Agent"]);
        Assert.Equal("""{"text":"hi"}""", request.Body);
    }

    [Fact]
    public async Task A_GET_without_a_body_drops_a_content_type_some_clients_send()
    {
        var x = new ScriptedX(Ok);
        await SendAsync(x, "GET", "/2/tweets", [new("Content-Type", "application/json")]);
        Assert.DoesNotContain("Content-Type", Assert.Single(x.Requests).Headers.Keys);
    }

    [Fact]
    public async Task Headers_that_do_not_pass_are_left_out_of_the_answer()
    {
        var x = new ScriptedX(() =>
        {
            var response = Ok();
            response.Headers.TryAddWithoutValidation("Set-Cookie", "guest_id=1");
            response.Headers.TryAddWithoutValidation("x-rate-limit-limit", "5");
            response.Headers.TryAddWithoutValidation("Vary", ["a", "b"]);
            return response;
        });
        var result = await SendAsync(x, "GET", "/2/tweets");
        Assert.DoesNotContain(result.Headers, header => header.Name.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase));
        Assert.Contains(new HeaderField("x-rate-limit-limit", "5"), result.Headers);
        Assert.Equal(["a", "b"], result.Headers.Where(header => header.Name == "Vary").Select(header => header.Value));
    }

    [Fact]
    public async Task X_taking_too_long_is_a_timeout()
    {
        var clock = new ManualClock();
        var call = SendAsync(ScriptedX.Hanging(), "GET", "/2/tweets", clock: clock);
        clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(UpstreamFault.Timeout, (await call).Fault);
    }

    [Fact]
    public async Task A_caller_that_hangs_up_cancels_and_says_nothing_of_X()
    {
        using var caller = new CancellationTokenSource();
        var call = SendAsync(ScriptedX.Hanging(), "GET", "/2/tweets", cancellationToken: caller.Token);
        await caller.CancelAsync();
        Assert.Equal(UpstreamFault.Cancelled, (await call).Fault);
    }

    [Fact]
    public async Task The_handlers_own_connect_timeout_proves_that_X_saw_nothing() =>
        Assert.Equal(UpstreamFault.Connect, (await SendAsync(new(() => throw new TaskCanceledException()), "POST", "/2/tweets")).Fault);

    [Fact]
    public async Task An_answer_larger_than_the_bound_is_not_passed_on()
    {
        var x = new ScriptedX(() => new(HttpStatusCode.OK) { Content = new ByteArrayContent(new byte[TwitterClient.MaxBodyBytes + 1]) });
        var result = await SendAsync(x, "GET", "/2/tweets");
        Assert.Equal((UpstreamFault.TooLarge, 200, 0), (result.Fault, result.Status, result.Body.Length));
    }

    private static Task<UpstreamResult> SendAsync(
        ScriptedX x,
        string method,
        string target,
        HeaderField[]? headers = null,
        byte[]? body = null,
        TimeProvider? clock = null,
        CancellationToken cancellationToken = default
    )
    {
        var options = Options.Create(new TwitterOptions { ApiBaseUrl = "https://api.x.test" });
        var client = new TwitterClient(new HttpMessageInvoker(x), options, clock ?? new ManualClock(), new(), AccountBench.NewMetrics());
        var endpoint = AccountBench.Catalogue.Find(method, target.Split('?')[0]);
        return client.SendAsync(endpoint, target, headers ?? [], body, new("secret"), client.Timeout, cancellationToken);
    }
}
