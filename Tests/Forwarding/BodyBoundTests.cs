using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Forwarding;

public sealed class BodyBoundTests(SharedRecordedProxy shared) : IClassFixture<SharedRecordedProxy>, IAsyncLifetime
{
    private const int Bound = TwitterClient.MaxBodyBytes;

    private RecordedProxy _proxy = null!;

    public async Task InitializeAsync() => _proxy = await shared.FreshAccountAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_body_of_exactly_the_bound_passes()
    {
        _proxy.X.Answer = context => context.Response.WriteAsync("taken");
        using var request = _proxy.Request(HttpMethod.Post, "/2/media/upload", new ByteArrayContent(new byte[Bound]));

        using var response = await _proxy.Proxy.Http.SendAsync(request);

        Assert.Equal("taken", await response.Content.ReadAsStringAsync());
        Assert.Equal(Bound, Assert.Single(_proxy.X.Calls).Body.Length);
    }

    [Theory]
    [InlineData(Bound + 1L)]
    [InlineData(1L << 40)]
    public async Task A_body_declared_larger_is_refused_before_it_is_sent(long length)
    {
        using var connection = await RawConnection.OpenAsync(_proxy.Proxy.Url);
        await connection.SendHeadAsync("POST /2/media/upload", _proxy.Alice.Token, $"Content-Length: {length}");

        await AssertTooLargeAsync(connection);
    }

    [Fact]
    public async Task A_chunked_body_is_refused_as_soon_as_it_is_larger()
    {
        using var connection = await RawConnection.OpenAsync(_proxy.Proxy.Url);
        await connection.SendHeadAsync("POST /2/media/upload", _proxy.Alice.Token, "Transfer-Encoding: chunked");
        await connection.SendAsync(Encoding.ASCII.GetBytes((Bound + 1).ToString("x", CultureInfo.InvariantCulture) + "\r\n"));
        await connection.SendAsync(new byte[Bound + 1]); // and no end to it

        await AssertTooLargeAsync(connection);
    }

    [Theory]
    [InlineData("POST /2/media/upload")]
    [InlineData("POST /2/tweets")]
    [InlineData("POST /v1/tweets")]
    public async Task Without_a_session_no_body_is_waited_for(string requestLine)
    {
        using var connection = await RawConnection.OpenAsync(_proxy.Proxy.Url);
        await connection.SendHeadAsync(requestLine, token: null, "Content-Length: 1000000");

        var answer = await connection.ReadAsync();

        Assert.Equal((401, "session_missing"), (answer.Status, answer.Reason));
        Assert.Equal("Bearer", answer.Headers["WWW-Authenticate"]);
    }

    [Fact]
    public async Task A_caller_that_asks_first_is_not_told_to_go_on_without_a_session()
    {
        using var connection = await RawConnection.OpenAsync(_proxy.Proxy.Url);
        await connection.SendHeadAsync("POST /2/media/upload", token: null, "Content-Length: 1000000", "Expect: 100-continue");

        Assert.Equal(401, (await connection.ReadAsync()).Status);
    }

    [Theory]
    [InlineData("POST /v1/tweets")]
    [InlineData("POST /v1/auth/authorize")]
    [InlineData("POST /v1/auth/exchange")]
    public async Task The_simple_routes_take_small_bodies_only_and_name_their_own_bound(string requestLine)
    {
        using var connection = await RawConnection.OpenAsync(_proxy.Proxy.Url);
        await connection.SendHeadAsync(
            requestLine,
            _proxy.Alice.Token,
            $"X-Api-Key: {ProxyHost.ApiKey}",
            "Content-Type: application/json",
            "Content-Length: 1000000"
        );

        var answer = await connection.ReadAsync();

        Assert.Equal((413, "body_too_large"), (answer.Status, answer.Reason));
        Assert.Contains("524288 bytes", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_of_X_over_the_bound_is_refused_and_says_so()
    {
        _proxy.X.Answer = context =>
        {
            context.Response.ContentLength = Bound + 1;
            return context.Response.Body.WriteAsync(new byte[Bound + 1]).AsTask();
        };

        var answer = await RawConnection.AskAsync(_proxy.Proxy.Url, "GET /2/users/me", _proxy.Alice.Token);

        Assert.Equal((502, "upstream_too_large"), (answer.Status, answer.Reason));
        Assert.Contains("16 MiB", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_of_X_without_a_length_is_bounded_too()
    {
        _proxy.X.Answer = async context =>
        {
            for (var sent = 0; sent <= Bound; sent += 1 << 20)
                await context.Response.Body.WriteAsync(new byte[1 << 20]);
        };

        var answer = await RawConnection.AskAsync(_proxy.Proxy.Url, "GET /2/users/me", _proxy.Alice.Token);

        Assert.Equal((502, "upstream_too_large"), (answer.Status, answer.Reason));
    }

    private async Task AssertTooLargeAsync(RawConnection connection)
    {
        var answer = await connection.ReadAsync();
        Assert.Equal((413, "body_too_large"), (answer.Status, answer.Reason));
        Assert.Contains("16777216 bytes", answer.Text, StringComparison.Ordinal);
        Assert.Empty(_proxy.X.Calls);
    }
}
