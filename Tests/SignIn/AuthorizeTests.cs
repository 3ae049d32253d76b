using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.SignIn;

/// <summary>What a client may ask for.</summary>
public sealed class AuthorizeTests(AuthorizeTests.OneProxy shared) : IClassFixture<AuthorizeTests.OneProxy>
{
    private const string Registered = "https://app.example.com/signed-in";

    private readonly ProxyHost _proxy = shared.Host;

    [Theory]
    [InlineData(new[] { "tweet.read", "users.read", "tweet.delete" }, "X knows no scope 'tweet.delete'")]
    [InlineData(new[] { "tweet.read", "users.read", "" }, "X knows no scope ''")]
    [InlineData(new[] { "tweet.read", "users.read", "dm.read" }, "may not ask for 'dm.read': see Clients:web:Scopes")]
    [InlineData(new[] { "tweet.read" }, "'users.read' is needed")]
    [InlineData(new[] { "users.read", "like.read" }, "'tweet.read' is needed")]
    [InlineData(new string[0], "is needed")]
    public async Task Scopes_that_cannot_be_asked_for_are_refused_by_name(string[] scopes, string says)
    {
        var refusal = await Refusal.ExpectAsync(await AuthorizeAsync(new { scopes }), 400, "invalid_request");
        Assert.StartsWith("scopes: ", refusal.Detail, StringComparison.Ordinal);
        Assert.Contains(says, refusal.Body.GetProperty("errors").GetProperty("scopes")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scopes_of_the_wrong_shape_are_refused_by_name()
    {
        var refusal = await Refusal.ExpectAsync(await AuthorizeAsync(new { scopes = "tweet.read users.read" }), 400, "invalid_request");
        Assert.True(refusal.Body.GetProperty("errors").TryGetProperty("scopes", out _));
    }

    [Fact]
    public async Task A_null_among_the_scopes_is_refused_by_name()
    {
        var refusal = await Refusal.ExpectAsync(
            await AuthorizeAsync(new { scopes = (string?[])["tweet.read", null] }),
            400,
            "invalid_request"
        );
        Assert.True(refusal.Body.GetProperty("errors").TryGetProperty("scopes", out _));
    }

    [Fact]
    public async Task A_client_that_names_no_scopes_asks_for_all_it_may()
    {
        var url = await _proxy.Http.BeginAsync(apiKey: "web-key");
        Assert.Equal("tweet.read users.read like.read", url.Query("scope"));
    }

    [Fact]
    public async Task Scopes_that_the_user_withheld_are_named()
    {
        var url = await _proxy.Http.BeginAsync(scopes: ["tweet.read", "users.read", "like.read"], apiKey: "web-key");
        var callback = await _proxy.Http.ConsentAsync(url.WithQuery("scope", "tweet.read users.read"));
        var opened = await ProxyHost.ReadAsync(await _proxy.Http.GetAsync(callback));

        Assert.Equal(
            ["tweet.read", "users.read"],
            opened.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()!).Order()
        );
        Assert.Equal("like.read", Assert.Single(opened.GetProperty("missing_scopes").EnumerateArray()).GetString());
        using var session = _proxy.NewClient();
        session.Carry(opened);
        var refusal = await Refusal.ExpectAsync(
            await session.GetAsync($"/2/users/{_proxy.Sandbox.Accounts.IdOf("alice")}/liked_tweets"),
            403,
            "scope_missing"
        );
        Assert.Contains("like.read", refusal.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://evil.example.com/signed-in")]
    [InlineData("https://app.example.com/signed-in-not")]
    [InlineData("https://app.example.com/")]
    [InlineData("http://app.example.com/signed-in")]
    [InlineData("https://app.example.com:444/signed-in")]
    [InlineData("HTTPS://app.example.com/signed-in")]
    [InlineData("//app.example.com/signed-in")]
    [InlineData("https://app.example.com@evil.example.com/signed-in")]
    [InlineData("https://app.example.com/signed-in/../admin")]
    [InlineData("https://app.example.com/signed-in\r\nSet-Cookie: a=b")]
    [InlineData("javascript:alert(1)")]
    [InlineData("")]
    public async Task A_return_URL_that_is_not_registered_is_refused_by_name(string url)
    {
        var refusal = await Refusal.ExpectAsync(await AuthorizeAsync(new { return_url = url }), 400, "return_url_not_allowed");
        Assert.Contains("Clients:web:ReturnUrls", refusal.Detail, StringComparison.Ordinal);
        Assert.True(refusal.Body.GetProperty("errors").TryGetProperty("return_url", out _));
    }

    [Theory]
    [InlineData(Registered)]
    [InlineData(Registered + "?from=mail")]
    [InlineData(Registered + "/settings")]
    public async Task A_return_URL_below_a_registered_one_is_taken(string url) => await _proxy.Http.BeginAsync(url, apiKey: "web-key");

    [Fact]
    public async Task An_API_key_is_needed()
    {
        await Refusal.ExpectAsync(await _proxy.Http.AuthorizeAsync(apiKey: null), 401, "api_key_missing");
        await Refusal.ExpectAsync(await _proxy.Http.AuthorizeAsync(apiKey: "a guess"), 401, "api_key_invalid");
        // Clients are configured.
        await Refusal.ExpectAsync(await _proxy.Http.AuthorizeAsync(apiKey: ProxyHost.ApiKey), 401, "api_key_invalid");
    }

    private Task<HttpResponseMessage> AuthorizeAsync(object body) => _proxy.Http.AuthorizeAsync(body, "web-key");

    public sealed class OneProxy : SharedProxy
    {
        private protected override ProxySetup Setup =>
            new()
            {
                Settings = new Dictionary<string, string>
                {
                    ["Clients:web:ApiKeys:0"] = ApiKey.Hash("web-key"),
                    ["Clients:web:ReturnUrls:0"] = Registered,
                    ["Clients:web:Scopes:0"] = "tweet.read",
                    ["Clients:web:Scopes:1"] = "users.read",
                    ["Clients:web:Scopes:2"] = "like.read",
                },
            };
    }
}
