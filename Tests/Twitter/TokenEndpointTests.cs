using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Tests.Sessions;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Twitter;

public sealed class TokenEndpointTests
{
    private static readonly Func<HttpResponseMessage> Healthy = () => ScriptedX.Pair("1");

    [Theory]
    // The rows of X's token-endpoint errors, as observed.
    [InlineData(400, "invalid_request", "Value passed for the token was invalid.", TokenRefusal.GrantRejected)]
    [InlineData(400, "invalid_request", "Value passed for the authorization code was invalid.", TokenRefusal.GrantRejected)]
    [InlineData(400, "invalid_request", "Missing required parameter [client_id].", TokenRefusal.Misconfigured)]
    [InlineData(400, "invalid_request", "Missing required parameter [token_type_hint].", TokenRefusal.Misconfigured)]
    [InlineData(400, "invalid_request", "missing required parameter [code]", TokenRefusal.Misconfigured)]
    [InlineData(400, "invalid_request", "", TokenRefusal.Misconfigured)]
    [InlineData(400, "invalid_request", "Value passed for the client_id was invalid.", TokenRefusal.Misconfigured)]
    [InlineData(400, "invalid_request", "Value passed for the code verifier did not match the code challenge.", TokenRefusal.GrantRejected)]
    [InlineData(400, "invalid_grant", "", TokenRefusal.GrantRejected)]
    [InlineData(400, "invalid_grant", "whatever", TokenRefusal.GrantRejected)]
    [InlineData(401, "unauthorized_client", "Missing valid authorization header", TokenRefusal.Misconfigured)]
    [InlineData(400, "invalid_client", "", TokenRefusal.Misconfigured)]
    [InlineData(401, "invalid_client", "", TokenRefusal.Misconfigured)]
    [InlineData(401, "invalid_request", "Value passed for the token was invalid.", TokenRefusal.GrantRejected)]
    [InlineData(401, "invalid_grant", "", TokenRefusal.GrantRejected)]
    [InlineData(400, "unsupported_grant_type", "", TokenRefusal.Misconfigured)]
    [InlineData(400, "invalid_scope", "", TokenRefusal.Misconfigured)]
    [InlineData(403, "invalid_client", "", TokenRefusal.NotProcessed)]
    [InlineData(403, "Forbidden", "", TokenRefusal.NotProcessed)]
    [InlineData(408, "unreadable", "", TokenRefusal.OutcomeUnknown)]
    [InlineData(524, "unreadable", "", TokenRefusal.OutcomeUnknown)]
    [InlineData(400, "unreadable", "", TokenRefusal.NotProcessed)]
    [InlineData(403, "unreadable", "", TokenRefusal.NotProcessed)]
    [InlineData(404, "unreadable", "", TokenRefusal.NotProcessed)]
    [InlineData(302, "unreadable", "", TokenRefusal.NotProcessed)]
    [InlineData(429, "unreadable", "", TokenRefusal.NotProcessed)]
    [InlineData(429, "invalid_grant", "", TokenRefusal.NotProcessed)]
    [InlineData(500, "invalid_grant", "", TokenRefusal.OutcomeUnknown)]
    [InlineData(502, "unreadable", "", TokenRefusal.OutcomeUnknown)]
    [InlineData(503, "invalid_request", "Value passed for the token was invalid.", TokenRefusal.OutcomeUnknown)]
    [InlineData(504, "", "", TokenRefusal.OutcomeUnknown)]
    public void What_an_error_answer_means(int status, string error, string description, TokenRefusal expected) =>
        Assert.Equal(expected, TokenEndpoint.Classify(status, new(error, description)));

    [Theory]
    [InlineData(
        400,
        """{"error":"invalid_request","error_description":"Value passed for the token was invalid."}""",
        TokenRefusal.GrantRejected
    )]
    [InlineData(400, """{"error":"invalid_grant"}""", TokenRefusal.GrantRejected)]
    [InlineData(400, "<html>blocked</html>", TokenRefusal.NotProcessed)]
    [InlineData(400, "", TokenRefusal.NotProcessed)]
    [InlineData(400, "null", TokenRefusal.NotProcessed)]
    [InlineData(400, "[]", TokenRefusal.NotProcessed)]
    [InlineData(400, """{"error":{"code":1}}""", TokenRefusal.NotProcessed)]
    [InlineData(
        401,
        """{"error":"unauthorized_client","error_description":"Missing valid authorization header"}""",
        TokenRefusal.Misconfigured
    )]
    [InlineData(503, "<html>over capacity</html>", TokenRefusal.OutcomeUnknown)]
    [InlineData(200, "<html>hello</html>", TokenRefusal.OutcomeUnknown)]
    [InlineData(200, "", TokenRefusal.OutcomeUnknown)]
    [InlineData(200, "{}", TokenRefusal.OutcomeUnknown)]
    [InlineData(200, """{"access_token":""}""", TokenRefusal.OutcomeUnknown)]
    public async Task A_refresh_that_is_not_granted_tells_why(int status, string body, TokenRefusal expected) =>
        Assert.Equal(expected, Assert.IsType<TokenResult.Refused>(await RefreshAsync(new(() => ScriptedX.Json(status, body)))).Refusal);

    [Fact]
    public async Task Xs_words_and_its_time_are_told()
    {
        var answer = ScriptedX.Json(503, """{"title":"Service Unavailable","detail":"Back at noon"}""");
        answer.Headers.TryAddWithoutValidation("Retry-After", "120");

        var refused = Assert.IsType<TokenResult.Refused>(await RefreshAsync(new(() => answer)));

        Assert.Equal("X's token endpoint answered 503: Back at noon.", refused.Description);
        Assert.Equal(TimeSpan.FromSeconds(120), refused.RetryAfter);
    }

    [Theory]
    [InlineData("""{"access_token":"a","refresh_token":"r","expires_in":7200,"scope":"x y"}""", "r", 7200, "x y")]
    [InlineData("""{"access_token":"a","refresh_token":"r","expires_in":"60","scope":" x  y "}""", "r", 60, "x y")]
    [InlineData("""{"access_token":"a"}""", null, 7200, "")]
    [InlineData("""{"access_token":"a","refresh_token":"","expires_in":0}""", null, 7200, "")]
    [InlineData("""{"access_token":"a","refresh_token":"r","expires_in":-5}""", "r", 7200, "")]
    [InlineData("""{"access_token":"a","refresh_token":"r","expires_in":99999999999}""", "r", 7200, "")]
    [InlineData("""{"access_token":"a","refresh_token":"r","expires_in":7200.0}""", "r", 7200, "")]
    [InlineData("""{"access_token":"a","refresh_token":"r","expires_in":1e30}""", "r", 7200, "")]
    [InlineData("""{"access_token":"a","refresh_token":"r","expires_in":"soon"}""", "r", 7200, "")]
    [InlineData("""{"access_token":"a","refresh_token":"r","expires_in":null,"scope":["x","y"]}""", "r", 7200, "")]
    [InlineData("""{"access_token":"a","refresh_token":"r","error":{"note":"none"},"token_type":7}""", "r", 7200, "")]
    public async Task A_pair_is_never_lost_over_a_member_that_matters_less(string body, string? refresh, int seconds, string scopes)
    {
        var grant = Assert.IsType<TokenResult.Granted>(await RefreshAsync(new(() => ScriptedX.Json(200, body)))).Grant;
        Assert.Equal("a", grant.AccessToken.Reveal());
        Assert.Equal(refresh, grant.RefreshToken?.Reveal());
        Assert.Equal(TimeSpan.FromSeconds(seconds), grant.ExpiresIn);
        Assert.Equal(scopes, string.Join(' ', grant.Scopes));
    }

    [Fact]
    public async Task A_confidential_client_sends_Basic_and_its_id_and_never_its_secret_in_the_body()
    {
        var x = new ScriptedX(Healthy);
        await Endpoint(x, secret: "s+/ :ä").RefreshAsync(new("refresh"), CancellationToken.None);
        var request = Assert.Single(x.Requests);
        Assert.Equal("https://api.x.test/2/oauth2/token", request.Uri.AbsoluteUri);
        Assert.Equal(
            "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes("client:s%2B%2F%20%3A%C3%A4")),
            request.Headers["Authorization"]
        );
        Assert.Equal(
            new()
            {
                ["grant_type"] = "refresh_token",
                ["refresh_token"] = "refresh",
                ["client_id"] = "client",
            },
            request.Form()
        );
    }

    [Fact]
    public async Task A_public_client_sends_its_id_and_no_authorization()
    {
        var x = new ScriptedX(Healthy);
        await Endpoint(x).ExchangeAsync("c&d", "verifier", "https://proxy.test/cb?x=1", CancellationToken.None);
        var request = Assert.Single(x.Requests);
        Assert.DoesNotContain("Authorization", request.Headers.Keys);
        Assert.Equal(
            new()
            {
                ["grant_type"] = "authorization_code",
                ["code"] = "c&d",
                ["redirect_uri"] = "https://proxy.test/cb?x=1",
                ["code_verifier"] = "verifier",
                ["client_id"] = "client",
            },
            request.Form()
        );
    }

    [Theory]
    [InlineData(200, """{"revoked":true}""", true)]
    [InlineData(200, "", true)]
    [InlineData(204, "", true)]
    [InlineData(400, """{"error":"invalid_request","error_description":"Value passed for the token was invalid."}""", true)]
    [InlineData(400, """{"error":"invalid_request","error_description":"Missing required parameter [token_type_hint]."}""", false)]
    [InlineData(401, """{"error":"unauthorized_client"}""", false)]
    [InlineData(429, "", false)]
    [InlineData(500, "", false)]
    public async Task A_revocation_is_confirmed_when_X_no_longer_knows_the_token(int status, string body, bool confirmed)
    {
        var x = new ScriptedX(() => ScriptedX.Json(status, body));
        Assert.Equal(confirmed, await Endpoint(x).RevokeAsync("token", "access_token", CancellationToken.None));
        Assert.Equal(
            new()
            {
                ["token"] = "token",
                ["token_type_hint"] = "access_token",
                ["client_id"] = "client",
            },
            Assert.Single(x.Requests).Form()
        );
    }

    [Fact]
    public async Task No_connection_spends_nothing() =>
        Assert.Equal(TokenRefusal.NotProcessed, await RefusalAsync(() => throw new HttpRequestException(HttpRequestError.ConnectionError)));

    [Fact]
    public async Task A_connection_that_breaks_may_have_spent_the_token() =>
        Assert.Equal(TokenRefusal.OutcomeUnknown, await RefusalAsync(() => throw new HttpRequestException(HttpRequestError.ResponseEnded)));

    [Fact]
    public async Task An_endless_answer_may_have_spent_the_token() =>
        Assert.Equal(
            TokenRefusal.OutcomeUnknown,
            await RefusalAsync(() => new(HttpStatusCode.OK) { Content = new ByteArrayContent(new byte[65 * 1024]) })
        );

    [Fact]
    public async Task A_refresh_waits_far_longer_than_any_call_and_then_its_outcome_is_unknown()
    {
        var clock = new ManualClock();
        var refresh = Endpoint(ScriptedX.Hanging(), clock: clock).RefreshAsync(new("refresh"), CancellationToken.None);
        clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromMilliseconds(1));
        Assert.False(refresh.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(TokenRefusal.OutcomeUnknown, Assert.IsType<TokenResult.Refused>(await refresh).Refusal);
    }

    [Fact]
    public async Task A_token_that_X_echoes_goes_no_further()
    {
        var x = new ScriptedX(() =>
            ScriptedX.Json(400, """{"error":"invalid_request","error_description":"Value passed for the token was invalid: SeCrEt-1"}""")
        );
        var refused = Assert.IsType<TokenResult.Refused>(await Endpoint(x).RefreshAsync(new("SeCrEt-1"), CancellationToken.None));
        Assert.Contains("was invalid: [refresh_token]", refused.Description, StringComparison.Ordinal);
    }

    private static async Task<TokenRefusal> RefusalAsync(Func<HttpResponseMessage> answer) =>
        Assert.IsType<TokenResult.Refused>(await RefreshAsync(new(answer))).Refusal;

    private static Task<TokenResult> RefreshAsync(ScriptedX x) => Endpoint(x).RefreshAsync(new("refresh"), CancellationToken.None);

    private static TokenEndpoint Endpoint(ScriptedX x, string secret = "", TimeProvider? clock = null) =>
        new(
            new HttpMessageInvoker(x),
            Options.Create(
                new TwitterOptions
                {
                    ClientId = "client",
                    ClientSecret = secret,
                    ApiBaseUrl = "https://api.x.test",
                }
            ),
            clock ?? new ManualClock(),
            AccountBench.NewMetrics(),
            NullLogger<TokenEndpoint>.Instance
        );
}
