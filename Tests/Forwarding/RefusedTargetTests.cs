using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Forwarding;

public sealed class RefusedTargetTests(SharedRecordedProxy shared) : IClassFixture<SharedRecordedProxy>
{
    private readonly RecordedProxy _proxy = shared.Fresh();

    [Theory]
    [InlineData("/2/users/../tweets")]
    [InlineData("/2/users/./me")]
    [InlineData("/2/users/me/..")]
    [InlineData("/2/users/%2e%2e/tweets")]
    [InlineData("/2/users/%2E%2e/tweets")]
    [InlineData("/2/users/.%2e/tweets")]
    [InlineData("/2/users%2fme")]
    [InlineData("/2/users%2Fme")]
    [InlineData("/2/users%5cme")]
    [InlineData("/2/users\\me")]
    [InlineData("/2/users/%252e%252e/tweets")]
    [InlineData("/2//users/me")]
    [InlineData("/2/users//me")]
    [InlineData("/2/users/me//")]
    [InlineData("//2/users/me")]
    [InlineData("/x/../2/users/me")]
    [InlineData("/%32/users/me")]
    [InlineData("/2/users/me%00")]
    [InlineData("/2/users/me%0A")]
    [InlineData("/2/users/me%0d%0aX:%201")]
    [InlineData("/2/users/me%7F")]
    [InlineData("/2/users/me%C2%85")]
    [InlineData("/2/users/me%20")]
    [InlineData("/2/users/me%FF")]
    [InlineData("/2/users/me%C0%AF")]
    [InlineData("/2/users/%EF%BD%8De")]
    [InlineData("/2/users/by/username/al%C3%AFce")]
    [InlineData("/2/users/me%")]
    [InlineData("/2/users/me%6")]
    [InlineData("/2/users/me%zz")]
    [InlineData("/2/users/me;a=b")]
    [InlineData("/2/users/me|")]
    [InlineData("/2/Users/me")]
    [InlineData("/2/users/ME")]
    [InlineData("/2/users/me.json")]
    [InlineData("/2/users/.me")]
    [InlineData("/2/users/1/liked_Tweets")]
    [InlineData("/2/users/1/likes!")]
    [InlineData("/2/users/By/username/alice")]
    [InlineData("/2/Lists/1")]
    [InlineData("/2/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q")]
    [InlineData("/2/users/me?a=%")]
    [InlineData("/2/users/me?a%00=1")]
    [InlineData("/2/users/me?%0Aa=1")]
    [InlineData("/2/users/me?a%FF")]
    [InlineData("/2")]
    [InlineData("/2/%75sers/me")]
    [InlineData("/2/tweets#fragment")]
    [InlineData("http://127.0.0.1/2/users/me")]
    [InlineData("https://api.x.com/2/users/me")]
    [InlineData("http://evil.example/2/users/me")]
    public async Task A_path_that_can_be_read_in_two_ways_never_reaches_X(string target)
    {
        var answer = await RawConnection.AskAsync(_proxy.Proxy.Url, "GET " + target, _proxy.Alice.Token);

        Assert.Contains(answer.Status, (int[])[400, 404]);
        if (answer.Body.Length > 0)
            Assert.Contains(answer.Reason, (string[])["invalid_path", "not_found"]);
        Assert.Empty(_proxy.X.Calls);
    }

    [Fact]
    public async Task A_path_longer_than_any_of_Xs_never_reaches_it()
    {
        var answer = await RawConnection.AskAsync(_proxy.Proxy.Url, $"GET /2/users/{new string('1', 1100)}", _proxy.Alice.Token);

        Assert.Equal((400, "invalid_path"), (answer.Status, answer.Reason));
        Assert.Empty(_proxy.X.Calls);
    }

    [Theory]
    [InlineData("POST", "/2/oauth2/token")]
    [InlineData("POST", "/2/oauth2/revoke")]
    [InlineData("GET", "/2/oauth2/authorize?x=y")]
    [InlineData("POST", "/2/OAuth2/token")]
    [InlineData("GET", "/2/tweets/search/stream")]
    [InlineData("GET", "/2/tweets/search/stream/rules")]
    [InlineData("GET", "/2/tweets/Search/Stream")]
    [InlineData("POST", "/2/oauth2.json/token")]
    [InlineData("POST", "/2/~oauth2/token")]
    [InlineData("GET", "/2/tweets/sample/stream")]
    [InlineData("GET", "/2/activity/stream")]
    [InlineData("GET", "/2/connections")]
    public async Task What_the_proxy_keeps_to_itself_is_not_forwarded_and_the_answer_says_why(string method, string target)
    {
        var answer = await RawConnection.AskAsync(_proxy.Proxy.Url, $"{method} {target}", _proxy.Alice.Token, "Content-Length: 0");

        Assert.Equal((403, "path_not_forwarded"), (answer.Status, answer.Reason));
        Assert.Empty(_proxy.X.Calls);
    }

    [Theory]
    [InlineData("POST", "/2/%6fauth2/revoke")]
    [InlineData("POST", "/2/oauth%32/revoke")]
    [InlineData("GET", "/2/tweets/search/stre%61m")]
    public async Task An_escape_is_no_way_around_that(string method, string target)
    {
        var answer = await RawConnection.AskAsync(_proxy.Proxy.Url, $"{method} {target}", _proxy.Alice.Token, "Content-Length: 0");

        Assert.Equal((400, "invalid_path"), (answer.Status, answer.Reason));
        Assert.Empty(_proxy.X.Calls);
    }
}
