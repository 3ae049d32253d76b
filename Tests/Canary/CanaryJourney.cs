using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Web;
using OrleansTwitterProxy.Api.Ops;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Canary;

/// <summary>
/// Takes a proxy with distinctive secrets through success and every failure that can be scripted, and keeps what comes out of it: every
/// log entry of every category at every level, every answer to clients, every byte on disk.
/// </summary>
internal sealed class CanaryJourney : IAsyncDisposable
{
    private const string ApiKeyValue = "otpk_canary-key-4c1f0e9b7a6d5e3f2a1b";
    private const string WrongApiKey = "otpk_canary-wrong-8d7e6f5a4b3c2d1e0f9a";
    private const string ClientSecret = "canary-client-secret-1f2e3d4c5b6a7f8e";
    private const string AppToken = "canary-app-token-9a8b7c6d5e4f3a2b";
    private const string AdminKey = "otpk_canary-admin-0f1e2d3c4b5a69788796";
    private const string Written = "canary-content-6b5a4c3d2e1f";
    private const string Queried = "canary-query-7c6b5a4d3e2f";
    private const string ReturnUrl = "https://app.example.com/signed-in";

    private static readonly string[] Categories =
    [
        "Default",
        "Microsoft",
        "Microsoft.AspNetCore.DataProtection",
        "Microsoft.AspNetCore.Hosting.Diagnostics",
        "Microsoft.Extensions.Hosting.Internal.Host",
    ];

    private readonly List<Secret> _sessionTokens = [];
    private readonly HashSet<string> _reasons = [];
    private readonly ManualClock _clock;
    private readonly TemporaryFolder _data;
    private readonly SandboxServer _sandbox;
    private readonly RecordingX _x;
    private readonly ProxyHost _proxy;
    private readonly HttpClient _http;
    private AuthenticationHeaderValue _bob = null!;

    private CanaryJourney(ManualClock clock, TemporaryFolder data, SandboxServer sandbox, RecordingX x, CapturedLogs logs, ProxyHost proxy)
    {
        (_clock, _data, _sandbox, _x, Logs, _proxy) = (clock, data, sandbox, x, logs, proxy);
        _http = new(new RecordingClient(Evidence)) { BaseAddress = proxy.Url };
    }

    public Evidence Evidence { get; } = new();

    public CapturedLogs Logs { get; }

    public string DataPath => _data.Path;

    public IServiceProvider Services => _proxy.Services;

    /// <summary>The proxy's own refusals that were met on the way.</summary>
    public IReadOnlySet<string> Reasons => _reasons;

    public IReadOnlyList<Secret> SessionTokens => _sessionTokens;

    /// <summary>Every token X gave out, every key, the client secret. Session tokens are apart: two answers hand them over.</summary>
    public IReadOnlyList<Secret> Secrets =>
        [
            .. _sandbox.Accounts.AllTokens.Select(token => new Secret(
                token.Contains("-access-", StringComparison.Ordinal) ? "an access token" : "a refresh token",
                token
            )),
            .. CodeVerifiers().Select(verifier => new Secret("a code verifier", verifier)),
            new("an API key", ApiKeyValue),
            new("a wrong API key", WrongApiKey),
            new("an admin key", AdminKey),
            new("the client secret", ClientSecret),
            new("the app's token", AppToken),
        ];

    /// <summary>What users wrote and asked for: theirs to see, and nowhere to be kept.</summary>
    public IReadOnlyList<Secret> Content { get; } = [new("what a user wrote", Written), new("a query", Queried)];

    /// <summary>What the proxy sent to X: the one place where tokens belong.</summary>
    public Evidence SentToX()
    {
        var evidence = new Evidence();
        foreach (var call in _x.Calls)
        {
            evidence.Add(
                $"headers {call.Method} {call.Target}",
                string.Join('\n', call.Headers.Select(header => $"{header.Key}: {header.Value}"))
            );
            evidence.Add($"body {call.Method} {call.Target}", call.Body);
        }

        return evidence;
    }

    public static async Task<CanaryJourney> StartAsync()
    {
        var clock = new ManualClock();
        var data = new TemporaryFolder();
        var logs = new CapturedLogs();
        var sandbox = await SandboxServer.StartAsync(
            new()
            {
                Url = "http://127.0.0.1:0",
                ClientSecret = ClientSecret,
                BearerToken = AppToken,
                RejectDuplicatePosts = false,
            },
            clock
        );
        var x = await RecordingX.StartAsync(sandbox);
        var settings = Categories.ToDictionary(category => $"Logging:LogLevel:{category}", _ => "Trace");
        settings["Twitter:ApiBaseUrl"] = x.Url;
        settings["Twitter:ClientSecret"] = ClientSecret;
        settings["Twitter:BearerToken"] = AppToken;
        settings["Cluster:Dashboard"] = "true";
        settings["Ops:AdminKeys:alice"] = ApiKey.Hash(AdminKey);
        settings["Clients:app:AppOnly"] = "true";
        settings["Clients:app:ApiKeys:0"] = ApiKey.Hash(ApiKeyValue);
        settings["Clients:app:ReturnUrls:0"] = ReturnUrl;
        settings["Clients:narrow:ApiKeys:0"] = ApiKey.Hash("narrow-key");
        settings["Clients:narrow:EndpointFamilies:0"] = "users";
        settings["Logging:Console:LogLevel:Default"] = "None"; // only what captures them need see all this
        var proxy = await ProxyHost.StartAsync(
            new()
            {
                Sandbox = sandbox,
                DataPath = data.Path,
                Clock = clock,
                Settings = settings,
                Customize = logs.AddTo,
            }
        );
        return new(clock, data, sandbox, x, logs, proxy);
    }

    /// <summary>All of it, in an order in which nothing stands in the way of what follows.</summary>
    public async Task RunAsync()
    {
        var alice = await SignInAsync("alice");
        await SignInWithHandoffAsync();
        await RefusedSignInsAsync();
        await CallsAsync(alice);
        await RefusedCallsAsync(alice);
        await BadDaysOfXAsync(alice);
        await BadDaysOfTheTokenEndpointAsync();
        await AppOnlyCallsAsync();
        await OtherPagesAsync();
        Evidence.AddFolder(_data.Path);
        await SignOutsAsync(alice);
        await RecordsAsync();
        Evidence.AddFolder(_data.Path);
    }

    public void AddLogs()
    {
        foreach (var entry in Logs.Entries)
            Evidence.Add($"log {entry.Category}", string.Join('\n', entry.Message, entry.Values, entry.Exception));
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _proxy.DisposeAsync();
        await _x.DisposeAsync();
        await _sandbox.DisposeAsync();
        Logs.Dispose();
        _data.Dispose();
    }

    private async Task SignInWithHandoffAsync()
    {
        var location = await CallbackAsync(await AuthorizeAsync(new { return_url = ReturnUrl }), "bob");
        var handoff = location.Headers.Location!.Query.Split("handoff=")[1];
        await ExpectAsync("handoff_invalid", Post("/v1/auth/exchange", new { handoff = handoff + "x" }, ApiKeyValue));
        var opened = await ProxyHost.ReadAsync(
            await _http.SendAsync(Post("/v1/auth/exchange", new { handoff = Uri.UnescapeDataString(handoff) }, ApiKeyValue))
        );
        _bob = new("Bearer", Keep("bob", opened));
        await ExpectAsync("handoff_invalid", Post("/v1/auth/exchange", new { handoff = Uri.UnescapeDataString(handoff) }, ApiKeyValue));
    }

    private async Task RefusedSignInsAsync()
    {
        await ExpectAsync("api_key_invalid", Post("/v1/auth/authorize", new { }, WrongApiKey));
        await ExpectAsync("api_key_missing", Post("/v1/auth/authorize", new { }, key: null));
        await ExpectAsync(
            "return_url_not_allowed",
            Post("/v1/auth/authorize", new { return_url = "https://evil.example.com/" }, ApiKeyValue)
        );
        await ExpectAsync("invalid_request", Post("/v1/auth/authorize", new { scopes = 7 }, ApiKeyValue));
        var foreign = Post("/v1/auth/authorize", new { }, ApiKeyValue);
        foreign.Headers.Add("Origin", "https://evil.example.com");
        await ExpectAsync("origin_not_allowed", foreign);

        var denied = new Uri(await AuthorizeAsync(new { }));
        var state = HttpUtility.ParseQueryString(denied.Query)["state"];
        await ExpectAsync("sign_in_denied", new(HttpMethod.Get, $"/v1/auth/callback?error=access_denied&state={state}"));
        var again = new HttpRequestMessage(HttpMethod.Get, $"/v1/auth/callback?error=access_denied&state={state}");
        again.Headers.Add("User-Agent", "another"); // the same visitor would get the same answer
        await ExpectAsync("sign_in_used", again);
        await ExpectAsync("sign_in_unknown", new(HttpMethod.Get, "/v1/auth/callback?code=x&state=y"));
        foreach (
            var (variant, reason) in ((FaultVariant, string)[])
                [
                    (FaultVariant.CodeInvalid, "authorization_code_rejected"),
                    (FaultVariant.UnauthorizedClient, "proxy_misconfigured"),
                    (FaultVariant.Html, "token_endpoint_unavailable"),
                ]
        )
        {
            var fault = _sandbox.Faults.Add(new() { Endpoint = "token", Variant = variant });
            var url = await AuthorizeAsync(new { });
            await MeetAsync(reason, await CallbackAsync(url, "carol"));
            _sandbox.Faults.Remove(fault);
        }

        var unfinished = _sandbox.Faults.Add(
            new()
            {
                Endpoint = "GET /2/users/me",
                Variant = FaultVariant.ClientForbidden,
                Times = 1,
            }
        );
        await CallbackAsync(await AuthorizeAsync(new { }), "dave"); // the tokens are there, and then X does not say whose
        _sandbox.Faults.Remove(unfinished);
    }

    private async Task CallsAsync(AuthenticationHeaderValue alice)
    {
        foreach (
            var path in (string[])
                [
                    "/2/users/me",
                    "/v1/users/me",
                    "/v1/timelines/user",
                    "/v1/timelines/home",
                    $"/2/tweets/search/recent?query={Queried}",
                    "/v1/limits",
                    "/v1/session",
                    "/2/never/heard/of",
                ]
        )
            await _http.SendAsync(Get(path, alice));
        await _http.SendAsync(WithJson("/v1/tweets", $$"""{"text":"{{Written}}"}""", alice));
        await _http.SendAsync(new(HttpMethod.Post, "/v1/session/refresh") { Headers = { Authorization = alice } });
        _clock.Advance(TimeSpan.FromMinutes(10));
        _sandbox.Accounts.ExpireTokens("alice");
        Assert.True((await _http.SendAsync(Get("/2/users/me", alice))).IsSuccessStatusCode); // refreshed on a 401
    }

    private async Task RefusedCallsAsync(AuthenticationHeaderValue alice)
    {
        var token = alice.Parameter!;
        await ExpectAsync("session_missing", new(HttpMethod.Get, "/2/users/me"));
        await ExpectAsync("session_invalid", Get("/2/users/me", new("Bearer", token[..^2]))); // all but the end of the real one
        await ExpectAsync("session_invalid", Get("/v1/session", new("Bearer", token + "A")));
        var otherKey = Get("/2/users/me", alice);
        otherKey.Headers.Add("X-Api-Key", WrongApiKey);
        await ExpectAsync("api_key_invalid", otherKey);
        await ExpectAsync("path_not_forwarded", Get("/2/oauth2/authorize", alice));
        await ExpectAsync("invalid_path", Get("/2/users//me", alice));
        await ExpectAsync("not_found", Get("/v1/nowhere", alice));
        await ExpectAsync("method_not_allowed", Get("/v1/tweets", alice));
        await ExpectAsync("invalid_request", WithJson("/v1/tweets", """{"text":""", alice));
        await ExpectAsync("invalid_request", Get("/v1/session?all=perhaps", alice, HttpMethod.Delete));
        await ExpectAsync(
            "unsupported_media_type",
            new(HttpMethod.Post, "/v1/tweets") { Content = new StringContent("a"), Headers = { Authorization = alice } }
        );
        await ExpectAsync("body_too_large", WithJson("/v1/tweets", new string('a', 600_000), alice));
        var narrow = await SignInAsync("erin", "narrow-key");
        await ExpectAsync("endpoint_not_allowed", Get("/v1/timelines/user", narrow));
        var scarce = await SignInAsync("frank", ApiKeyValue, ["tweet.read", "users.read"]);
        await ExpectAsync("scope_missing", WithJson("/v1/tweets", """{"text":"a"}""", scarce));
        _clock.Advance(TimeSpan.FromHours(3));
        await ExpectAsync("reconnect_needed", Get("/2/users/me", scarce)); // there was no offline.access
    }

    private async Task BadDaysOfXAsync(AuthenticationHeaderValue alice)
    {
        foreach (var variant in Enum.GetValues<FaultVariant>())
        {
            _sandbox.Faults.Add(
                new()
                {
                    Endpoint = "GET /2/users/me",
                    Variant = variant,
                    Times = 1,
                }
            );
            await _http.SendAsync(Get("/2/users/me", alice));
            _sandbox.Faults.Clear();
            _clock.Advance(TimeSpan.FromMinutes(16));
        }

        await WithFaultAsync(
            "rate_limited",
            new()
            {
                Endpoint = "GET /2/users/me",
                Variant = FaultVariant.RateLimited,
                Times = 1,
            },
            () => Get("/2/users/me", alice),
            calls: 2
        );
        _clock.Advance(TimeSpan.FromMinutes(16));
        await WithFaultAsync("upstream_broken", new() { Endpoint = "GET /2/users/me", CutOff = true }, () => Get("/2/users/me", alice));
        await WithFaultAsync("outcome_unknown", new() { Endpoint = "POST /2/tweets", LostResponse = true }, () =>
            WithJson("/v1/tweets", """{"text":"lost"}""", alice)
        );
        await WithFaultAsync(
            "upstream_too_large",
            new()
            {
                Endpoint = "GET /2/users/me",
                Status = 200,
                Body = new string('a', (16 * 1024 * 1024) + 1),
            },
            () => Get("/2/users/me", alice)
        );
        var stall = _sandbox.Faults.Add(new() { Endpoint = "GET /2/users/me", Stall = true });
        var call = _http.SendAsync(Get("/2/users/me", alice));
        await _sandbox.Faults.WaitUntilHitAsync(stall);
        _clock.Advance(TimeSpan.FromSeconds(30));
        await MeetAsync("upstream_timeout", await call);
        _sandbox.Faults.Clear();
        await WithFaultAsync(
            "circuit_open",
            new() { Endpoint = "GET /2/users/{id}/mentions", Variant = FaultVariant.ServerErrorJson },
            () => Get("/v1/timelines/mentions", alice),
            calls: 21
        );
        _clock.Advance(TimeSpan.FromSeconds(10));
    }

    private async Task BadDaysOfTheTokenEndpointAsync()
    {
        (Fault Fault, string Reason)[] days =
        [
            (new() { Endpoint = "token", Variant = FaultVariant.TokenInvalid }, "reconnect_needed"),
            (new() { Endpoint = "token", Variant = FaultVariant.InvalidGrant }, "reconnect_needed"),
            (new() { Endpoint = "token", Variant = FaultVariant.MissingClientId }, ""),
            (new() { Endpoint = "token", Variant = FaultVariant.UnauthorizedClient }, "proxy_misconfigured"),
            (new() { Endpoint = "token", Variant = FaultVariant.InvalidClient }, "proxy_misconfigured"),
            (new() { Endpoint = "token", Variant = FaultVariant.ServerErrorJson }, "token_endpoint_unavailable"),
            (new() { Endpoint = "token", Variant = FaultVariant.Html }, "token_endpoint_unavailable"),
            (new() { Endpoint = "token", Variant = FaultVariant.RateLimited }, "token_endpoint_unavailable"),
            (
                new()
                {
                    Endpoint = "token",
                    CutOff = true,
                    Times = 1,
                },
                "reconnect_needed"
            ),
            (
                new()
                {
                    Endpoint = "token",
                    LostResponse = true,
                    Times = 1,
                },
                "reconnect_needed"
            ),
            (
                new()
                {
                    Endpoint = "token",
                    Status = 200,
                    Body = "{\"access_token\":7}",
                },
                ""
            ),
        ];
        for (var i = 0; i < days.Length; i++)
        {
            var session = await SignInAsync($"user{i}");
            _sandbox.Faults.Add(days[i].Fault);
            await ExpectAsync(
                days[i].Reason,
                new HttpRequestMessage(HttpMethod.Post, "/v1/session/refresh") { Headers = { Authorization = session } }
            );
            await _http.SendAsync(Get("/2/users/me", session));
            _sandbox.Faults.Clear();
        }
    }

    private async Task AppOnlyCallsAsync()
    {
        const string Usage = "/2/usage/tweets";
        await _http.SendAsync(AppOnly(Usage));
        await ExpectAsync("session_missing", AppOnly("/2/users/me"));
        _sandbox.Faults.Add(new() { Endpoint = $"GET {Usage}", Variant = FaultVariant.Unauthorized });
        await ExpectAsync("proxy_misconfigured", AppOnly(Usage));
        _sandbox.Faults.Clear();

        static HttpRequestMessage AppOnly(string path) => new(HttpMethod.Get, path) { Headers = { { "X-Api-Key", ApiKeyValue } } };
    }

    private async Task OtherPagesAsync()
    {
        foreach (var path in (string[])["/", "/openapi/v1.json", "/healthz/live", "/healthz/ready"])
            await _http.GetAsync(path);
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/v1/tweets")
        {
            Headers = { { "Origin", "https://app.example.com" }, { "Access-Control-Request-Method", "POST" } },
        };
        await _http.SendAsync(preflight);
    }

    // What is kept of all that, as operators read it; the rows themselves are in the folder.
    private async Task RecordsAsync()
    {
        foreach (var path in (string[])["/v1/ops/circuit/close", "/v1/ops/circuit/isolate"])
            await _http.SendAsync(AsOperator(new(HttpMethod.Post, path) { Content = JsonContent.Create(new { family = "users" }) }));
        await _proxy.StoreEntriesAsync();
        foreach (var list in (string[])["activity", "audit", "usage?by=account", "usage?by=endpoint"])
        {
            var format = list.Contains('?', StringComparison.Ordinal) ? "&format=" : "?format=";
            foreach (var form in (string[])["csv", "jsonl"])
                await _http.SendAsync(AsOperator(new(HttpMethod.Get, $"/v1/ops/{list}{format}{form}")));
        }

        // The console: its files, its cookie, and what it shows.
        await _http.GetAsync("/ops");
        foreach (var resource in typeof(ConsoleEndpoints).Assembly.GetManifestResourceNames())
        {
            if (resource.Split(".Ops.Console.") is [_, var file])
                Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync($"/ops/{file}")).StatusCode);
        }

        using var wrong = JsonContent.Create(new { key = WrongApiKey });
        await _http.PostAsync("/ops/sign-in", wrong);
        using var right = JsonContent.Create(new { key = AdminKey });
        using var signedIn = await _http.PostAsync("/ops/sign-in", right);
        var cookie = signedIn.Headers.GetValues("Set-Cookie").First(value => value.Contains("path=/v1/ops", StringComparison.Ordinal));
        foreach (
            var path in (string[])["accounts", "accounts?search=alice", "clients", "overview", "circuit", "rewrap", "audit", "activity"]
        )
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/ops/{path}");
            request.Headers.Add("Cookie", cookie.Split(';')[0]);
            Assert.Equal(HttpStatusCode.OK, (await _http.SendAsync(request)).StatusCode);
        }

        foreach (var path in (string[])["/dashboard", "/dashboard/DashboardCounters", "/dashboard/Reminders/1", "/dashboard/GrainTypes"])
            await _http.SendAsync(AsOperator(new(HttpMethod.Get, path)));

        static HttpRequestMessage AsOperator(HttpRequestMessage request)
        {
            request.Headers.Add("X-Admin-Key", AdminKey);
            return request;
        }
    }

    private async Task SignOutsAsync(AuthenticationHeaderValue alice)
    {
        var gina = await SignInAsync("gina");
        _sandbox.Faults.Add(
            new()
            {
                Endpoint = "revoke",
                Variant = FaultVariant.ServerErrorJson,
                Times = 1,
            }
        );
        await _http.SendAsync(Get("/v1/session", alice, HttpMethod.Delete));
        await ExpectAsync("session_ended", Get("/2/users/me", alice));
        _sandbox.Accounts.Revoke("bob");
        _clock.Advance(TimeSpan.FromMinutes(10));
        await ExpectAsync("reconnect_needed", Get("/2/users/me", _bob));
        await _x.DisposeAsync();
        await ExpectAsync("upstream_unreachable", Get("/2/users/me", gina));
    }

    private async Task<AuthenticationHeaderValue> SignInAsync(string user, string key = ApiKeyValue, string[]? scopes = null)
    {
        var opened = await ProxyHost.ReadAsync(await CallbackAsync(await AuthorizeAsync(new { scopes }, key), user));
        return new("Bearer", Keep(user, opened));
    }

    // Without its end: a token that was tampered with there would be as telling.
    private string Keep(string user, JsonElement opened)
    {
        var token = opened.GetProperty("session_token").GetString()!;
        _sessionTokens.Add(new($"{user}'s session token", token[..^4]));
        return token;
    }

    private async Task<string> AuthorizeAsync(object body, string key = ApiKeyValue) =>
        (await ProxyHost.ReadAsync(await _http.SendAsync(Post("/v1/auth/authorize", body, key))))
            .GetProperty("authorization_url")
            .GetString()!;

    private async Task<HttpResponseMessage> CallbackAsync(string authorizationUrl, string user)
    {
        var consent = await _proxy.Http.GetAsync($"{authorizationUrl}&sandbox_user={user}"); // the sandbox's answer, not the proxy's
        return await _http.GetAsync(consent.Headers.Location);
    }

    private async Task WithFaultAsync(string reason, Fault fault, Func<HttpRequestMessage> request, int calls = 1)
    {
        _sandbox.Faults.Add(fault);
        for (var i = 1; i < calls; i++)
            await _http.SendAsync(request());
        await _proxy.SettleAsync();
        await ExpectAsync(reason, request());
        _sandbox.Faults.Clear();
    }

    private async Task ExpectAsync(string reason, HttpRequestMessage request) => await MeetAsync(reason, await _http.SendAsync(request));

    private async Task MeetAsync(string reason, HttpResponseMessage response)
    {
        var problem = await Problem.ReadAsync(response);
        if (reason.Length > 0)
            Assert.Equal(reason, problem.Reason);
        _reasons.Add(problem.Reason);
    }

    private IEnumerable<string> CodeVerifiers() =>
        _x
            .Calls.Where(call => call.IsOAuth)
            .Select(call => HttpUtility.ParseQueryString(Encoding.UTF8.GetString(call.Body))["code_verifier"])
            .OfType<string>();

    private static HttpRequestMessage Get(string path, AuthenticationHeaderValue session, HttpMethod? method = null) =>
        new(method ?? HttpMethod.Get, path) { Headers = { Authorization = session } };

    private static HttpRequestMessage WithJson(string path, string json, AuthenticationHeaderValue session) =>
        new(HttpMethod.Post, path)
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
            Headers = { Authorization = session },
        };

    private static HttpRequestMessage Post(string path, object body, string? key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        if (key is not null)
            request.Headers.Add("X-Api-Key", key);
        return request;
    }
}
