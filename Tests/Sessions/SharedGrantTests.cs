using System.Net;
using System.Net.Http.Json;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Sessions;

/// <summary>What several sessions of one account mean for each other (docs/decisions/0004).</summary>
public sealed class SharedGrantTests(SharedProxy shared) : IClassFixture<SharedProxy>
{
    private static readonly string[] Narrow = ["tweet.read", "users.read"];

    private readonly ProxyHost _proxy = shared.Host;
    private readonly string _user = shared.Begin();

    [Fact]
    public async Task A_narrower_sign_in_narrows_the_earlier_session_and_the_refusal_says_why()
    {
        var wide = await _proxy.SignInAsync(_user);
        await _proxy.SignInAsync(_user, Narrow);

        using var refused = await wide.Http.PostAsJsonAsync("/v1/tweets", new { text = "hello" });
        var problem = await Problem.ReadAsync(refused);
        Assert.Equal((HttpStatusCode.Forbidden, "scope_missing"), (refused.StatusCode, problem.Reason));
        Assert.Contains("newest sign-in", problem.Detail, StringComparison.Ordinal);
        var session = await ProxyHost.ReadAsync(await wide.Http.GetAsync("/v1/session"));
        Assert.Equal(Narrow, session.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()));
    }

    [Fact]
    public async Task A_narrow_session_gains_nothing_by_a_wider_one()
    {
        var narrow = await _proxy.SignInAsync(_user, Narrow);
        await _proxy.SignInAsync(_user);

        using var write = await narrow.Http.PostAsJsonAsync("/v1/tweets", new { text = "hello" });
        Assert.Equal("scope_missing", (await Problem.ReadAsync(write)).Reason);
        using var unknown = await narrow.Http.GetAsync("/2/dm_events");
        Assert.Equal("scope_missing", (await Problem.ReadAsync(unknown)).Reason);
        Assert.Equal(0, _proxy.Sandbox.Counters.Requests("POST /2/tweets"));
    }

    [Fact]
    public async Task A_scope_that_only_the_OpenAPI_asks_for_is_Xs_to_judge_unless_it_is_another_clients()
    {
        var alone = await _proxy.SignInAsync(_user, Narrow);

        using var judged = await alone.Http.GetAsync("/2/lists/1");
        Assert.Equal(HttpStatusCode.Forbidden, judged.StatusCode);
        Assert.DoesNotContain("urn:orleans-twitter-proxy", await judged.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(1, _proxy.Sandbox.Counters.Requests("GET /2/lists/{id}"));

        await _proxy.SignInAsync(_user, [.. Narrow, "list.read"]);
        using var anothers = await alone.Http.GetAsync("/2/lists/1");
        Assert.Equal("scope_missing", (await Problem.ReadAsync(anothers)).Reason);
        Assert.Equal(1, _proxy.Sandbox.Counters.Requests("GET /2/lists/{id}"));
    }
}
