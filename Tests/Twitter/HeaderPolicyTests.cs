using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Tests.Twitter;

public sealed class HeaderPolicyTests
{
    [Theory]
    [InlineData("Accept")]
    [InlineData("accept-encoding")]
    [InlineData("CONTENT-TYPE")]
    [InlineData("Content-Encoding")]
    [InlineData("User-Agent")]
    public void What_X_needs_to_read_the_call_passes(string name) => Assert.True(HeaderPolicy.PassesToX(name));

    [Theory]
    [InlineData("Authorization")]
    [InlineData("authorization")]
    [InlineData("Proxy-Authorization")]
    [InlineData("Cookie")]
    [InlineData("X-Api-Key")]
    [InlineData("X-Csrf-Token")]
    [InlineData("Host")]
    [InlineData("Connection")]
    [InlineData("Transfer-Encoding")]
    [InlineData("Content-Length")]
    [InlineData("Upgrade")]
    [InlineData("TE")]
    [InlineData("Expect")]
    [InlineData("Forwarded")]
    [InlineData("X-Forwarded-For")]
    [InlineData("Origin")]
    [InlineData("Referer")]
    [InlineData("Idempotency-Key")]
    [InlineData("Prefer")]
    [InlineData("traceparent")]
    [InlineData("Content-Type ")]
    [InlineData("")]
    public void Credentials_cookies_and_hop_by_hop_fields_stay_here(string name) => Assert.False(HeaderPolicy.PassesToX(name));

    [Theory]
    [InlineData("Content-Type")]
    [InlineData("content-encoding")]
    [InlineData("Retry-After")]
    [InlineData("x-rate-limit-remaining")]
    [InlineData("X-User-Limit-24Hour-Reset")]
    [InlineData("x-app-limit-24hour-limit")]
    [InlineData("x-transaction-id")]
    [InlineData("api-version")]
    public void What_a_client_of_X_reads_passes_back(string name) => Assert.True(HeaderPolicy.PassesToCaller(name));

    [Theory]
    [InlineData("Set-Cookie")]
    [InlineData("set-cookie2")]
    [InlineData("WWW-Authenticate")]
    [InlineData("Authorization")]
    [InlineData("Location")]
    [InlineData("Server")]
    [InlineData("Connection")]
    [InlineData("Transfer-Encoding")]
    [InlineData("Content-Length")]
    [InlineData("Strict-Transport-Security")]
    [InlineData("Access-Control-Allow-Origin")]
    [InlineData("cf-ray")]
    [InlineData("x-connection-hash")]
    public void Cookies_and_what_speaks_for_Xs_own_connection_do_not(string name) => Assert.False(HeaderPolicy.PassesToCaller(name));
}
