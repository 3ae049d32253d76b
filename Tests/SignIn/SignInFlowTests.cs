using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Tests.Sessions;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.SignIn;

public sealed class SignInFlowTests : IDisposable
{
    private const string State = "the-state";
    private static readonly SignInRequest Request = new(
        "app",
        "https://app.example.com/cb",
        ["tweet.read", "users.read"],
        "https://proxy.test/v1/auth/callback"
    );
    private static readonly SignInCallback Consent = new("code", null);
    private static readonly string CodeHash = Convert.ToBase64String(SHA256.HashData("code"u8));
    private static readonly Func<HttpResponseMessage> Pair = () => ScriptedX.Pair("1");
    private static readonly Func<HttpResponseMessage> Me = () => ScriptedX.Json(200, """{"data":{"id":"42","username":"ada"}}""");
    private static readonly Func<HttpResponseMessage> Revoked = () => ScriptedX.Json(200, "");

    private readonly ScriptedStore<SignInRecord> _store = new();
    private readonly EphemeralDataProtectionProvider _keys = new();
    private AccountBench _bench = null!;
    private UserSession _account = null!;
    private SignInFactory _factory = null!;

    public void Dispose()
    {
        _account.Dispose();
        _bench.Dispose();
    }

    [Fact]
    public async Task Consent_leads_to_a_session_that_is_handed_over_once()
    {
        var flow = await BeginAsync(Pair, Me);
        var outcome = await flow.CompleteAsync(Consent, CancellationToken.None);
        Assert.Equal((null, Request.ReturnUrl, null), (outcome.Rejection, outcome.ReturnUrl, outcome.Session));
        var secret = SecretOf(outcome);

        var opened = (await flow.ExchangeAsync(secret, "app", CancellationToken.None)).Value!;
        Assert.Equal(("app", new AccountName("42", "ada")), (opened.ClientId, opened.Account));
        Assert.NotNull((await _account.GetAsync(opened.SessionId, CancellationToken.None)).Value);
        Assert.Equal(RejectionReason.HandoffInvalid, (await flow.ExchangeAsync(secret, "app", CancellationToken.None)).Rejection?.Reason);
    }

    [Fact]
    public async Task Without_a_return_url_the_session_is_the_callbacks_answer()
    {
        var flow = await BeginAsync(Request with { ReturnUrl = null }, Pair, Me);
        var outcome = await flow.CompleteAsync(Consent, CancellationToken.None);
        Assert.Equal((null, null), (outcome.Rejection, outcome.Handoff));
        Assert.NotNull(outcome.Session);
    }

    [Fact]
    public async Task The_code_goes_to_X_with_the_verifier_whose_challenge_the_user_carried()
    {
        Create([Pair, Me]);
        var started = (await Flow().BeginAsync(Request, CancellationToken.None)).Value!;
        await Flow().CompleteAsync(Consent, CancellationToken.None);
        var form = _bench.X.Requests[0].Form();
        Assert.Equal(("code", Request.RedirectUri), (form["code"], form["redirect_uri"]));
        Assert.Contains(
            "code_challenge=" + Pkce.Challenge(form["code_verifier"]) + "&code_challenge_method=S256",
            started.AuthorizationUrl,
            StringComparison.Ordinal
        );
        Assert.Contains("scope=tweet.read%20users.read&state=the-state", started.AuthorizationUrl, StringComparison.Ordinal);
        Assert.Equal(_bench.Clock.GetUtcNow() + TimeSpan.FromMinutes(10), started.ExpiresAt);
    }

    [Fact]
    public async Task A_state_is_single_use()
    {
        var flow = await BeginAsync(Pair, Me);
        await flow.CompleteAsync(Consent, CancellationToken.None);
        Assert.Equal(RejectionReason.SignInUsed, (await flow.CompleteAsync(Consent, CancellationToken.None)).Rejection?.Reason);
        Assert.Equal(RejectionReason.SignInUsed, (await flow.BeginAsync(Request, CancellationToken.None)).Rejection?.Reason);
        Assert.Equal(2, _bench.X.Requests.Count);
    }

    [Fact]
    public async Task Of_callbacks_that_come_at_once_one_spends_the_code()
    {
        await BeginAsync(Pair, Me);
        var outcomes = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => Task.Run(() => Flow().CompleteAsync(Consent, CancellationToken.None)))
        );
        Assert.Single(outcomes, outcome => outcome.Rejection is null);
        Assert.All(outcomes.Where(outcome => outcome.Rejection is not null), outcome =>
            Assert.Equal(RejectionReason.SignInUsed, outcome.Rejection!.Reason)
        );
        Assert.Equal(2, _bench.X.Requests.Count);
    }

    [Fact]
    public async Task A_state_nobody_began_is_unknown()
    {
        Create([]);
        Assert.Equal(
            RejectionReason.SignInUnknown,
            (await Flow("another").CompleteAsync(Consent, CancellationToken.None)).Rejection?.Reason
        );
    }

    [Fact]
    public async Task A_user_who_took_too_long_starts_again()
    {
        var flow = await BeginAsync();
        _bench.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(RejectionReason.SignInUnknown, (await flow.CompleteAsync(Consent, CancellationToken.None)).Rejection?.Reason);
    }

    [Fact]
    public async Task A_user_who_says_no_goes_back_to_where_they_came_from_and_the_state_is_spent()
    {
        var flow = await BeginAsync();
        var outcome = await flow.CompleteAsync(new(null, "access_denied"), CancellationToken.None);
        Assert.Equal((RejectionReason.SignInDenied, Request.ReturnUrl), (outcome.Rejection?.Reason, outcome.ReturnUrl));
        Assert.Equal(RejectionReason.SignInUsed, (await flow.CompleteAsync(Consent, CancellationToken.None)).Rejection?.Reason);
    }

    [Theory]
    [InlineData(
        400,
        """{"error":"invalid_request","error_description":"Value passed for the authorization code was invalid."}""",
        RejectionReason.AuthorizationCodeRejected
    )]
    [InlineData(401, """{"error":"unauthorized_client"}""", RejectionReason.ProxyMisconfigured)]
    [InlineData(503, "", RejectionReason.TokenEndpointUnavailable)]
    public async Task A_code_that_X_does_not_honour_is_told(int status, string body, RejectionReason reason)
    {
        var flow = await BeginAsync(() => ScriptedX.Json(status, body));
        var outcome = await flow.CompleteAsync(Consent, CancellationToken.None);
        Assert.Equal((reason, Request.ReturnUrl), (outcome.Rejection?.Reason, outcome.ReturnUrl));
    }

    [Theory]
    [InlineData(403, """{"title":"Forbidden"}""", RejectionReason.UpstreamRefused, 2)]
    [InlineData(401, """{"title":"Unauthorized"}""", RejectionReason.ReconnectNeeded, 2)]
    [InlineData(200, "<html>", RejectionReason.UpstreamFailed, 0)]
    [InlineData(200, """{"data":{"id":"../1","username":"ada"}}""", RejectionReason.UpstreamFailed, 0)]
    [InlineData(200, """{"data":{"id":42,"username":"ada"}}""", RejectionReason.UpstreamFailed, 0)]
    [InlineData(200, """{"data":null}""", RejectionReason.UpstreamFailed, 0)]
    public async Task A_pair_is_revoked_when_X_itself_refuses_to_say_whose_it_is(
        int status,
        string body,
        RejectionReason reason,
        int revoked
    )
    {
        var flow = await BeginAsync(Pair, () => ScriptedX.Json(status, body), Revoked, Revoked);
        Assert.Equal(reason, (await flow.CompleteAsync(Consent, CancellationToken.None)).Rejection?.Reason);
        Assert.Equal(
            ((string[])["refresh-1", "access-1"])[..revoked],
            _bench.X.Requests.Skip(2).Select(request => request.Form()["token"])
        );
        Assert.Null(_bench.Stored);
    }

    [Theory]
    [InlineData("another", 0)]
    [InlineData("app", 60)]
    public async Task A_handoff_is_its_clients_and_lives_a_minute(string client, int seconds)
    {
        var flow = await BeginAsync(Pair, Me);
        var secret = SecretOf(await flow.CompleteAsync(Consent, CancellationToken.None));
        _bench.Clock.Advance(TimeSpan.FromSeconds(seconds));
        Assert.Equal(RejectionReason.HandoffInvalid, (await flow.ExchangeAsync(secret, client, CancellationToken.None)).Rejection?.Reason);
    }

    [Fact]
    public async Task A_wrong_handoff_does_not_spend_the_right_one()
    {
        var flow = await BeginAsync(Pair, Me);
        var secret = SecretOf(await flow.CompleteAsync(Consent, CancellationToken.None));
        foreach (var wrong in (string[])["", secret + "A", secret[..^1], "ä"])
        {
            Assert.Equal(
                RejectionReason.HandoffInvalid,
                (await flow.ExchangeAsync(wrong, "app", CancellationToken.None)).Rejection?.Reason
            );
        }

        Assert.NotNull((await flow.ExchangeAsync(secret, "app", CancellationToken.None)).Value);
    }

    [Fact]
    public async Task Of_exchanges_that_come_at_once_one_gets_the_session()
    {
        var flow = await BeginAsync(Pair, Me);
        var secret = SecretOf(await flow.CompleteAsync(Consent, CancellationToken.None));
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => Task.Run(() => Flow().ExchangeAsync(secret, "app", CancellationToken.None)))
        );
        Assert.Single(answers, answer => answer.Value is not null);
    }

    [Fact]
    public async Task Neither_the_verifier_nor_the_handoff_is_stored_in_the_clear()
    {
        var flow = await BeginAsync(Pair, Me);
        var secret = SecretOf(await flow.CompleteAsync(Consent, CancellationToken.None));
        var stored = System.Text.Json.JsonSerializer.Serialize(_store[State]);
        Assert.DoesNotContain(secret, stored, StringComparison.Ordinal);
        Assert.DoesNotContain(_bench.X.Requests[0].Form()["code_verifier"], stored, StringComparison.Ordinal);
        Assert.DoesNotContain("access-1", stored, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_store_that_fails_no_code_is_spent()
    {
        var flow = await BeginAsync(Pair, Me);
        _store.FailWrite(1, tookEffect: false);
        Assert.Equal(RejectionReason.StorageUnavailable, (await flow.CompleteAsync(Consent, CancellationToken.None)).Rejection?.Reason);
        Assert.Empty(_bench.X.Requests);
        Assert.Null((await flow.CompleteAsync(Consent, CancellationToken.None)).Rejection);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_pair_that_cannot_be_written_down_is_revoked(bool tookEffect)
    {
        var flow = await BeginAsync(Pair, Me, Revoked, Revoked);
        _store.FailWrite(2, tookEffect);
        Assert.Equal(RejectionReason.StorageUnavailable, (await flow.CompleteAsync(Consent, CancellationToken.None)).Rejection?.Reason);
        Assert.Equal(["refresh-1", "access-1"], _bench.X.Requests.Skip(2).Select(request => request.Form()["token"]));
        Assert.Null(_bench.Stored);
    }

    [Fact]
    public async Task A_crash_while_the_code_was_away_is_named()
    {
        var flow = await BeginAsync();
        _store.Put(State, _store[State]! with { Stage = SignInStage.Exchanging, Owner = "a process that died", CodeHash = CodeHash });
        Assert.Equal(RejectionReason.SignInInterrupted, (await flow.CompleteAsync(Consent, CancellationToken.None)).Rejection?.Reason);
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, RejectionReason.SignInInterrupted)]
    public async Task A_crash_after_the_session_was_opened_goes_unnoticed(bool opened, RejectionReason? reason)
    {
        var flow = await BeginAsync();
        var session = new OpenedSession("app", "session-1", new("42", "ada"), [], []);
        _store.Put(
            State,
            _store[State]! with
            {
                Stage = SignInStage.Opening,
                Owner = "a process that died",
                CodeHash = CodeHash,
                Session = session,
            }
        );
        if (opened)
            await _account.OpenAsync(new("session-1", "app", "ada", _bench.Pair("1")), CancellationToken.None);
        Assert.Equal(
            RejectionReason.SignInUsed,
            (await flow.CompleteAsync(new("another code", null), CancellationToken.None)).Rejection?.Reason
        );
        var outcome = await flow.CompleteAsync(Consent, CancellationToken.None);
        Assert.Equal(reason, outcome.Rejection?.Reason);
        if (opened)
            Assert.NotNull((await flow.ExchangeAsync(SecretOf(outcome), "app", CancellationToken.None)).Value);
    }

    private static string SecretOf(SignInOutcome outcome)
    {
        Assert.StartsWith(State + ".", outcome.Handoff, StringComparison.Ordinal);
        return outcome.Handoff![(State.Length + 1)..];
    }

    private Task<SignInFlow> BeginAsync(params Func<HttpResponseMessage>[] answers) => BeginAsync(Request, answers);

    private async Task<SignInFlow> BeginAsync(SignInRequest request, params Func<HttpResponseMessage>[] answers)
    {
        Create(answers);
        var flow = Flow();
        Assert.Null((await flow.BeginAsync(request, CancellationToken.None)).Rejection);
        return flow;
    }

    private void Create(Func<HttpResponseMessage>[] answers)
    {
        _bench = new(new(answers));
        _account = _bench.Activate();
        var twitter = Options.Create(new TwitterOptions { ClientId = "client", ApiBaseUrl = "https://api.x.test" });
        var http = new HttpMessageInvoker(_bench.X);
        _factory = new(
            _keys,
            _bench.Vault,
            new(http, twitter, _bench.Clock, _bench.Metrics, NullLogger<TokenEndpoint>.Instance),
            new(new(http, twitter, _bench.Clock, new(), _bench.Metrics), AccountBench.Catalogue, twitter, _bench.Clock),
            Options.Create(new SignInOptions()),
            _bench.AuditLog,
            _bench.Clock,
            NullLogger<SignInFlow>.Instance
        );
    }

    private SignInFlow Flow(string state = State) => _factory.Create(state, OneAccount, _store);

    private UserSession OneAccount(string accountId)
    {
        Assert.Equal(AccountBench.AccountId, accountId);
        return _account;
    }
}
