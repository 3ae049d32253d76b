using System.Net;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.SignIn;

/// <summary>What X's token endpoint can say to a code, and what the user is told.</summary>
public sealed class CodeExchangeErrorTests(ReturnUrlProxy shared) : IClassFixture<ReturnUrlProxy>, IDisposable
{
    private readonly ProxyHost _proxy = shared.Host;
    private readonly HttpClient _http = shared.Host.NewClient();
    private readonly string _user = shared.Begin();

    public static TheoryData<FaultVariant, int?, int, string> Errors =>
        new()
        {
            { FaultVariant.CodeInvalid, null, 400, "authorization_code_rejected" },
            { FaultVariant.TokenInvalid, null, 400, "authorization_code_rejected" },
            { FaultVariant.InvalidGrant, null, 400, "authorization_code_rejected" },
            { FaultVariant.MissingClientId, null, 500, "proxy_misconfigured" },
            { FaultVariant.UnauthorizedClient, null, 500, "proxy_misconfigured" },
            { FaultVariant.InvalidClient, 400, 500, "proxy_misconfigured" },
            { FaultVariant.InvalidClient, 401, 500, "proxy_misconfigured" },
            { FaultVariant.ServerErrorJson, null, 503, "token_endpoint_unavailable" },
            { FaultVariant.UnavailableJson, null, 503, "token_endpoint_unavailable" },
            { FaultVariant.Html, null, 503, "token_endpoint_unavailable" },
            { FaultVariant.Empty, null, 503, "token_endpoint_unavailable" },
            { FaultVariant.RateLimited, null, 503, "token_endpoint_unavailable" },
            { FaultVariant.EdgeForbidden, null, 503, "token_endpoint_unavailable" },
            { FaultVariant.EdgeTimeout, null, 503, "token_endpoint_unavailable" },
            { FaultVariant.Redirect, null, 503, "token_endpoint_unavailable" },
            { FaultVariant.NotFound, null, 503, "token_endpoint_unavailable" },
        };

    public void Dispose() => _http.Dispose();

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task Every_error_of_the_token_endpoint_has_its_reason(
        FaultVariant variant,
        int? status,
        int expectedStatus,
        string expectedReason
    )
    {
        var fault = new Fault
        {
            Endpoint = "token",
            Variant = variant,
            Status = status,
            Times = 1,
        };
        await Refusal.ExpectAsync(await SignInAsync(fault), expectedStatus, expectedReason);

        var callback = await _http.ConsentAsync(await _http.BeginAsync(SignInSteps.ReturnUrl), _user);
        _proxy.Sandbox.Faults.Add(
            new()
            {
                Endpoint = "token",
                Variant = variant,
                Status = status,
                Times = 1,
            }
        );
        using var redirect = await _http.GetAsync(callback);
        Assert.Equal(HttpStatusCode.SeeOther, redirect.StatusCode);
        Assert.StartsWith(
            $"{SignInSteps.ReturnUrl}?error={expectedReason}&error_description=",
            redirect.Headers.Location!.OriginalString,
            StringComparison.Ordinal
        );

        await _http.SignInAsync(_user); // nothing stands in the way of the next attempt
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task An_answer_that_does_not_arrive_whole_leaves_nothing_opened(bool lost, bool cutOff) =>
        await Refusal.ExpectAsync(
            await SignInAsync(
                new()
                {
                    Endpoint = "token",
                    LostResponse = lost,
                    CutOff = cutOff,
                }
            ),
            503,
            "token_endpoint_unavailable"
        );

    [Fact]
    public async Task An_answer_that_is_no_token_is_not_taken_for_one() =>
        await Refusal.ExpectAsync(
            await SignInAsync(
                new()
                {
                    Endpoint = "token",
                    Status = 200,
                    Body = """{"token_type":"bearer"}""",
                }
            ),
            503,
            "token_endpoint_unavailable"
        );

    [Fact]
    public async Task The_operator_is_told_what_X_objects_to()
    {
        var refusal = await Problem.ReadAsync(await SignInAsync(new() { Endpoint = "token", Variant = FaultVariant.UnauthorizedClient }));
        Assert.Contains("unauthorized_client: Missing valid authorization header", refusal.Detail, StringComparison.Ordinal);
        Assert.Contains("Twitter:ClientSecret", refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_client_secret_is_our_misconfiguration()
    {
        await using var proxy = await ProxyHost.StartAsync(
            new()
            {
                Sandbox = _proxy.Sandbox,
                Settings = new Dictionary<string, string> { ["Twitter:ClientSecret"] = "not it" },
            }
        );
        await Refusal.ExpectAsync(
            await proxy.Http.GetAsync(await proxy.Http.ConsentAsync(await proxy.Http.BeginAsync())),
            500,
            "proxy_misconfigured"
        );
    }

    [Fact]
    public async Task A_public_client_signs_in_without_a_secret()
    {
        await using var sandbox = await SandboxServer.StartAsync(new() { Url = "http://127.0.0.1:0", ClientSecret = null });
        await using var proxy = await ProxyHost.StartAsync(
            new()
            {
                Sandbox = sandbox,
                Settings = new Dictionary<string, string> { ["Twitter:ClientSecret"] = "" },
            }
        );
        await proxy.Http.SignInAsync();
        await ProxyHost.ReadAsync(await proxy.Http.PostAsync("/v1/session/refresh", null));
        Assert.True((await ProxyHost.ReadAsync(await proxy.Http.DeleteAsync("/v1/session"))).GetProperty("revoked_at_x").GetBoolean());
    }

    [Fact]
    public async Task A_token_endpoint_that_cannot_be_reached_is_told_apart()
    {
        await using var proxy = await ProxyHost.StartAsync(
            new()
            {
                Sandbox = _proxy.Sandbox,
                Settings = new Dictionary<string, string> { ["Twitter:ApiBaseUrl"] = "http://127.0.0.1:1" }, // nobody listens there
            }
        );
        var callback = await proxy.Http.ConsentAsync(await proxy.Http.BeginAsync());
        var refusal = await Refusal.ExpectAsync(await proxy.Http.GetAsync(callback), 503, "token_endpoint_unavailable");
        Assert.Contains("cannot be reached", refusal.Detail, StringComparison.Ordinal);
        Assert.Equal(5, refusal.RetryAfter);
    }

    private async Task<HttpResponseMessage> SignInAsync(Fault fault)
    {
        var callback = await _http.ConsentAsync(await _http.BeginAsync(), _user);
        _proxy.Sandbox.Faults.Add(fault);
        return await _http.GetAsync(callback);
    }
}
