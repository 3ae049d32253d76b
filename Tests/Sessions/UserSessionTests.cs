using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Sessions;

public sealed class UserSessionTests : IDisposable
{
    private static readonly Func<HttpResponseMessage> Ok = () => ScriptedX.Json(200, "{}");
    private static readonly Func<HttpResponseMessage> Unauthorized = () => ScriptedX.Json(401, "{}");

    private AccountBench _bench = null!;
    private UserSession _account = null!;

    public void Dispose()
    {
        _account.Dispose();
        _bench.Dispose();
    }

    [Fact]
    public async Task A_call_goes_out_with_the_accounts_token_and_id()
    {
        Begin(Ok);
        var response = await SendAsync("GET", $"/2/users/{ForwardRequest.AccountPlaceholder}/tweets");
        Assert.Equal((200, null), (response.Status, response.Rejection));
        Assert.Equal("Bearer access-0", _bench.X.Requests[0].Headers["Authorization"]);
        Assert.Equal("/2/users/42/tweets", _bench.X.Requests[0].Uri.AbsolutePath);
    }

    [Fact]
    public async Task A_session_that_is_not_live_costs_X_nothing()
    {
        Begin();
        Assert.Equal(RejectionReason.SessionEnded, (await SendAsync("GET", "/2/users/me", session: "another")).Rejection?.Reason);
    }

    [Fact]
    public async Task A_scope_that_was_not_granted_costs_X_nothing()
    {
        Begin();
        Assert.Equal(RejectionReason.ScopeMissing, (await SendAsync("POST", "/2/tweets")).Rejection?.Reason);
    }

    [Fact]
    public async Task A_401_is_cured_by_one_refresh_and_one_more_try()
    {
        Begin(Unauthorized, () => ScriptedX.Pair("1"), Ok);
        _bench.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(200, (await SendAsync("GET", "/2/users/me")).Status);
        Assert.Equal("Bearer access-1", _bench.X.Requests[2].Headers["Authorization"]);
    }

    [Fact]
    public async Task A_401_that_a_refresh_does_not_cure_is_Xs_answer()
    {
        Begin(Unauthorized, () => ScriptedX.Pair("1"), Unauthorized);
        _bench.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(401, (await SendAsync("GET", "/2/users/me")).Status);
        Assert.Equal(3, _bench.X.Requests.Count);
    }

    [Fact]
    public async Task A_401_on_a_token_just_obtained_is_believed()
    {
        Begin(Unauthorized);
        Assert.Equal(401, (await SendAsync("GET", "/2/users/me")).Status);
        Assert.Single(_bench.X.Requests);
    }

    [Fact]
    public async Task A_token_that_has_expired_is_refreshed_before_the_call()
    {
        Begin(() => ScriptedX.Pair("1"), Ok);
        _bench.Clock.Advance(TimeSpan.FromHours(3));
        Assert.Equal(200, (await SendAsync("GET", "/2/users/me")).Status);
        Assert.Equal("/2/oauth2/token", _bench.X.Requests[0].Uri.AbsolutePath);
        Assert.Equal("Bearer access-1", _bench.X.Requests[1].Headers["Authorization"]);
    }

    [Fact]
    public async Task Tokens_that_arrive_expired_do_not_make_it_refresh_without_end()
    {
        Begin(() => ScriptedX.Pair("1", expiresIn: 1), () => ScriptedX.Pair("2", expiresIn: 1), () => ScriptedX.Pair("3", expiresIn: 1));
        _bench.Clock.Advance(TimeSpan.FromHours(3));
        _bench.Store.BeforeSave = () => _bench.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(RejectionReason.TokenEndpointUnavailable, (await SendAsync("GET", "/2/users/me")).Rejection?.Reason);
        Assert.Equal(3, _bench.X.Requests.Count);
    }

    [Fact]
    public async Task An_exhausted_window_refuses_without_asking_X_and_names_the_time()
    {
        var start = new ManualClock().GetUtcNow();
        Begin(() => WithWindow(remaining: 0, start + TimeSpan.FromMinutes(10)));
        await SendAsync("GET", "/2/users/me");
        var rejection = (await SendAsync("GET", "/2/users/me")).Rejection;
        Assert.Equal((RejectionReason.RateLimited, TimeSpan.FromMinutes(10)), (rejection?.Reason, rejection?.RetryAfter));
        Assert.Single(_bench.X.Requests);
    }

    [Fact]
    public async Task A_429_without_headers_holds_the_endpoint_back_for_a_minute()
    {
        Begin(() => ScriptedX.Json(429, ""), Ok);
        await SendAsync("GET", "/2/new");
        Assert.Equal(TimeSpan.FromSeconds(60), (await SendAsync("GET", "/2/new")).Rejection?.RetryAfter);
        _bench.Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(200, (await SendAsync("GET", "/2/new")).Status);
    }

    [Fact]
    public async Task A_usage_cap_does_not_hold_back_what_the_window_allows()
    {
        Begin(() => WithWindow(remaining: 50, new ManualClock().GetUtcNow() + TimeSpan.FromMinutes(10), status: 429), Ok);
        Assert.Equal(429, (await SendAsync("GET", "/2/users/me")).Status);
        Assert.Equal(200, (await SendAsync("GET", "/2/users/me")).Status);
    }

    [Fact]
    public async Task A_call_that_X_never_saw_gives_its_permits_back()
    {
        Func<HttpResponseMessage> unreachable = () => throw new HttpRequestException(HttpRequestError.ConnectionError);
        Begin(unreachable, unreachable, unreachable);
        var response = await SendAsync("GET", "/2/users/me");
        Assert.Equal(RejectionReason.UpstreamUnreachable, response.Rejection?.Reason);
        Assert.Equal(75, Assert.Single(response.Windows).Remaining);
    }

    [Fact]
    public async Task A_call_that_fails_unexpectedly_does_not_hold_its_permit_for_ever()
    {
        Begin(() => throw new NotSupportedException(), Ok);
        await Assert.ThrowsAsync<NotSupportedException>(() => SendAsync("GET", "/2/users/me"));
        _bench.Clock.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal(74, Assert.Single((await SendAsync("GET", "/2/users/me")).Windows).Remaining);
    }

    [Theory]
    [InlineData("GET", RejectionReason.UpstreamBroken, 3)]
    [InlineData("POST", RejectionReason.OutcomeUnknown, 1)]
    public async Task A_broken_answer_to_a_write_leaves_its_outcome_unknown_and_only_a_read_is_repeated(
        string method,
        RejectionReason reason,
        int tries
    )
    {
        Func<HttpResponseMessage> broken = () => throw new HttpRequestException(HttpRequestError.ResponseEnded);
        Begin(broken, broken, broken);
        Assert.Equal(reason, (await SendAsync(method, "/2/new")).Rejection?.Reason);
        Assert.Equal(tries, _bench.X.Requests.Count);
    }

    [Fact]
    public async Task A_write_that_X_provably_never_saw_is_sent_again()
    {
        Begin(() => throw new HttpRequestException(HttpRequestError.ConnectionError), Ok);
        Assert.Equal(200, (await SendAsync("POST", "/2/new")).Status);
        Assert.Equal(2, _bench.X.Requests.Count);
    }

    [Fact]
    public async Task Once_the_circuit_has_opened_nothing_is_repeated()
    {
        Begin([.. Enumerable.Repeat<Func<HttpResponseMessage>>(() => ScriptedX.Json(503, "{}"), 30)]);
        for (var i = 0; i < 7; i++)
            Assert.Equal(503, (await SendAsync("GET", "/2/users/me")).Status); // the last with X's answer, though its third try was refused
        Assert.Equal(20, _bench.X.Requests.Count); // the circuit's minimum throughput
        Assert.Equal(RejectionReason.CircuitOpen, (await SendAsync("GET", "/2/users/me")).Rejection?.Reason);
    }

    [Fact]
    public async Task The_probe_of_a_circuit_is_not_repeated()
    {
        Begin([.. Enumerable.Repeat<Func<HttpResponseMessage>>(() => ScriptedX.Json(503, "{}"), 30)]);
        for (var i = 0; i < 7; i++)
            await SendAsync("GET", "/2/users/me");
        _bench.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(503, (await SendAsync("GET", "/2/users/me")).Status);
        Assert.Equal(21, _bench.X.Requests.Count);
    }

    [Fact]
    public async Task A_caller_that_hangs_up_while_waiting_for_a_token_gives_its_permits_back()
    {
        Begin(() => ScriptedX.Pair("1"), Ok);
        _bench.Clock.Advance(TimeSpan.FromHours(3));
        var (reached, release) = _bench.Store.HoldNextWrite();
        using var caller = new CancellationTokenSource();
        var call = SendAsync("GET", "/2/users/me", cancellationToken: caller.Token);
        await reached;
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        release.SetResult();
        var response = await SendAsync("GET", "/2/users/me");
        Assert.Equal(74, Assert.Single(response.Windows).Remaining);
    }

    [Fact]
    public async Task Windows_outlive_a_rest_outside_memory()
    {
        var resetAt = new ManualClock().GetUtcNow() + TimeSpan.FromMinutes(10);
        Begin(() => WithWindow(remaining: 0, resetAt));
        await SendAsync("GET", "/2/users/me");
        await _account.FlushAsync();
        using var next = _bench.Activate();
        Assert.Equal(RejectionReason.RateLimited, (await SendAsync("GET", "/2/users/me", account: next)).Rejection?.Reason);
    }

    [Fact]
    public async Task Windows_outlive_a_rest_also_when_a_sign_in_comes_first()
    {
        var resetAt = new ManualClock().GetUtcNow() + TimeSpan.FromMinutes(10);
        Begin(() => WithWindow(remaining: 0, resetAt));
        await SendAsync("GET", "/2/users/me");
        await _account.FlushAsync();
        using var next = _bench.Activate();
        await next.OpenAsync(new("session-2", "app", "ada", _bench.Pair("2")), CancellationToken.None);
        Assert.Equal(RejectionReason.RateLimited, (await SendAsync("GET", "/2/users/me", account: next)).Rejection?.Reason);
    }

    [Fact]
    public async Task A_second_sign_in_shares_the_account_and_its_newest_pair()
    {
        Begin(Ok);
        await _account.OpenAsync(new("session-2", "app", "ada_l", _bench.Pair("2")), CancellationToken.None);
        await SendAsync("GET", "/2/users/me");
        Assert.Equal("Bearer access-2", _bench.X.Requests[0].Headers["Authorization"]);
        var snapshot = (await _account.GetAsync("session-1", CancellationToken.None)).Value!;
        Assert.Equal((2, "ada_l"), (snapshot.SessionCount, snapshot.Account.Username));
    }

    [Fact]
    public async Task Opening_the_same_session_twice_changes_nothing()
    {
        Begin();
        await _account.OpenAsync(new("session-1", "app", "ada", _bench.Pair("2")), CancellationToken.None);
        Assert.Equal(("access-0", "refresh-0"), _bench.Reveal(_bench.Stored!.Grant!));
    }

    [Fact]
    public async Task A_store_that_does_not_answer_is_told_and_the_next_call_tries_again()
    {
        Begin(Ok);
        _bench.Store.LoadsFail = true;
        Assert.Equal(RejectionReason.StorageUnavailable, (await SendAsync("GET", "/2/users/me")).Rejection?.Reason);
        Assert.Equal(RejectionReason.StorageUnavailable, (await _account.GetAsync("session-1", CancellationToken.None)).Rejection?.Reason);
        await _account.MaintainAsync();
        await _account.FlushAsync();
        _bench.Store.LoadsFail = false;
        Assert.Equal(200, (await SendAsync("GET", "/2/users/me")).Status);
    }

    private static HttpResponseMessage WithWindow(long remaining, DateTimeOffset resetAt, int status = 200)
    {
        var response = ScriptedX.Json(status, "{}");
        response.Headers.Add("x-rate-limit-limit", "75");
        response.Headers.Add("x-rate-limit-remaining", $"{remaining}");
        response.Headers.Add("x-rate-limit-reset", $"{resetAt.ToUnixTimeSeconds()}");
        return response;
    }

    private void Begin(params Func<HttpResponseMessage>[] answers)
    {
        _bench = new(new(answers));
        _bench.SignedIn();
        _account = _bench.Activate();
    }

    private Task<ForwardResponse> SendAsync(
        string method,
        string target,
        string session = "session-1",
        UserSession? account = null,
        CancellationToken cancellationToken = default
    ) =>
        (account ?? _account).SendAsync(
            new()
            {
                SessionId = session,
                EndpointKey = AccountBench.Catalogue.Find(method, target).Key,
                Method = method,
                Target = target,
            },
            cancellationToken
        );
}
