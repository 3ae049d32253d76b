using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Ops;

/// <summary>Operators list and end the sessions of an account, and erase it.</summary>
public sealed class AccountEndpointTests(AccountEndpointTests.OneProxy shared)
    : FreshAccountTest(shared),
        IClassFixture<AccountEndpointTests.OneProxy>
{
    private const string Key = "a key of the operators";

    private string Account => $"/v1/ops/accounts/{Alice.AccountId}";

    [Fact]
    public async Task The_sessions_of_an_account_are_listed_without_their_tokens()
    {
        await Proxy.SignInAsync(Username, ["tweet.read", "users.read"]);

        var list = await ProxyHost.ReadAsync(await SendAsync(HttpMethod.Get, $"{Account}/sessions"));

        Assert.Equal(Username, list.GetProperty("username").GetString());
        var sessions = list.GetProperty("sessions").EnumerateArray().ToArray();
        Assert.Equal(["web", "web"], sessions.Select(session => session.GetProperty("client_id").GetString()));
        Assert.Equal(2, sessions[1].GetProperty("scopes").GetArrayLength());
        Assert.All(sessions, session =>
        {
            Assert.Equal(12, session.GetProperty("id").GetString()!.Length);
            var now = shared.Clock.GetUtcNow();
            Assert.Equal((now, now), (At(session, "created_at"), At(session, "last_used_at")));
            Assert.Equal((now.AddDays(180), now.AddDays(30)), (At(session, "expires_at"), At(session, "idle_expires_at")));
        });
        var text = list.GetRawText();
        Assert.DoesNotContain("otps_", text, StringComparison.Ordinal);
        Assert.DoesNotContain("sandbox-", text, StringComparison.Ordinal);
        Assert.DoesNotContain((await Proxy.RecordAsync(Username))!.Sessions[0].Id, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task To_be_listed_is_no_use_of_a_session()
    {
        shared.Clock.Advance(TimeSpan.FromHours(1));
        await ListAsync();
        var session = Assert.Single(await ListAsync());
        Assert.Equal(shared.Clock.GetUtcNow() - TimeSpan.FromHours(1), At(session, "last_used_at"));
    }

    [Fact]
    public async Task One_session_is_ended_and_the_others_live_on()
    {
        var other = await Proxy.SignInAsync(Username);
        var id = (await ListAsync())[0].GetProperty("id").GetString();

        var ended = await ProxyHost.ReadAsync(await SendAsync(HttpMethod.Delete, $"{Account}/sessions/{id}"));

        Assert.Equal((1, 1, false), Ended(ended));
        await Refusal.ExpectAsync(await Alice.Http.GetAsync(Accounts.AnyCall), 401, "session_ended");
        await ProxyHost.ReadAsync(await other.Http.GetAsync(Accounts.AnyCall));
        Assert.Equal((0, 1, false), Ended(await ProxyHost.ReadAsync(await SendAsync(HttpMethod.Delete, $"{Account}/sessions/{id}"))));
    }

    [Fact]
    public async Task All_sessions_are_ended_and_X_is_told()
    {
        await Proxy.SignInAsync(Username);

        Assert.Equal((2, 0, true), Ended(await ProxyHost.ReadAsync(await SendAsync(HttpMethod.Delete, $"{Account}/sessions"))));

        await Refusal.ExpectAsync(await Alice.Http.GetAsync("/v1/session"), 401, "session_ended");
        Assert.Null(await Proxy.RecordAsync(Username));
        Assert.Equal(2, X.Counters.Responses("POST /2/oauth2/revoke", 200));
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task An_account_that_is_erased_leaves_nothing()
    {
        var upload = await StartWorkAsync(Alice);
        var bob = await Proxy.SignInAsync("bob");
        var bobsUpload = await StartWorkAsync(bob);

        var erased = await ProxyHost.ReadAsync(await SendAsync(HttpMethod.Delete, Account));

        Assert.Equal((1, 1, 1, true), Erased(erased));
        Assert.Null(await Proxy.RecordAsync(Username));
        Assert.Equal((0, 0), await RowsAsync(Alice.AccountId));
        Assert.Equal(0, await RemindersAsync(Alice.AccountId) + await RemindersAsync(TusClient.IdOf(upload)));
        Assert.Equal(2, X.Counters.Responses("POST /2/oauth2/revoke", 200));
        await Refusal.ExpectAsync(await Alice.Http.GetAsync("/v1/session"), 401, "session_ended");

        var again = await Proxy.SignInAsync(Username);
        await Refusal.ExpectAsync(await again.Http.GetAsync(upload), 404, "upload_not_found");
        await ProxyHost.ReadAsync(await bob.Http.GetAsync(bobsUpload));
        Assert.Equal((1, 1), await RowsAsync(bob.AccountId));
    }

    [Fact]
    public async Task An_erasure_may_be_repeated_and_of_an_unknown_account_finds_nothing()
    {
        await ProxyHost.ReadAsync(await SendAsync(HttpMethod.Delete, Account));

        Assert.Equal((0, 0, 0, true), Erased(await ProxyHost.ReadAsync(await SendAsync(HttpMethod.Delete, Account))));
        Assert.Equal((0, 0, 0, true), Erased(await ProxyHost.ReadAsync(await SendAsync(HttpMethod.Delete, "/v1/ops/accounts/99"))));
        Assert.Null(await Proxy.RecordAsync(Username));
    }

    [Fact]
    public async Task While_X_cannot_be_told_an_erased_account_is_gone_all_the_same_and_maintenance_repeats_it()
    {
        var upload = await StartWorkAsync(Alice);
        X.Faults.Add(new() { Endpoint = "revoke", Variant = FaultVariant.UnavailableJson });

        using var answer = await SendAsync(HttpMethod.Delete, Account);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal((1, 1, 1, false), Erased(await ProxyHost.ReadAsync(answer)));
        Assert.Equal((0, 0), await RowsAsync(Alice.AccountId));
        Assert.Equal(1, await RemindersAsync(Alice.AccountId));
        X.Faults.Clear();
        await Proxy.MaintainAsync();
        Assert.Null(await Proxy.RecordAsync(Username));
        Assert.Equal(0, await RemindersAsync(Alice.AccountId));
    }

    [Fact]
    public async Task An_erasure_that_a_crash_cut_off_is_finished_after_the_start()
    {
        await using var world = await DurableWorld.StartAsync();
        string accountId;
        await using (var before = await world.StartProxyAsync())
        {
            var alice = await before.SignInAsync("alice");
            accountId = alice.AccountId;
            await StartWorkAsync(alice);
            // What a process leaves that dies after the first step.
            var store = SiloUnderTest.Store<SessionRecord>(before.Services);
            var stored = (await store.LoadAsync(accountId, CancellationToken.None))!;
            await store.TrySaveAsync(accountId, stored.Record with { Erasing = true }, stored.Version, CancellationToken.None);
        }

        await using var restarted = await world.StartProxyAsync();

        await Eventually.TrueAsync("nothing is left", TimeSpan.FromSeconds(30), async () =>
            await restarted.RecordAsync() is null && await RowsAsync(accountId, restarted) == (0, 0)
        );
        Assert.Equal(0, await world.Sandbox.LiveAccessTokensAsync());
    }

    [Fact]
    public async Task A_keyed_write_that_is_at_X_when_its_account_is_erased_leaves_no_row()
    {
        var stalled = X.Faults.Add(
            new()
            {
                Endpoint = "POST /2/tweets",
                Stall = true,
                Times = 1,
            }
        );
        var write = KeyedAsync(Alice);
        await X.Faults.WaitUntilHitAsync(stalled);

        var erasure = SendAsync(HttpMethod.Delete, Account);
        await Eventually.TrueAsync("the erasure has begun", TimeSpan.FromSeconds(30), async () =>
            await Proxy.RecordAsync(Username) is { Erasing: true, Sessions: [] }
        );
        X.Faults.Release(stalled);

        await ProxyHost.ReadAsync(await erasure);
        await write;
        Assert.Equal((0, 0), await RowsAsync(Alice.AccountId));
    }

    [Theory]
    [InlineData("GET", "/v1/ops/accounts/alice/sessions", "id")]
    [InlineData("GET", "/v1/ops/accounts/123456789012345678901/sessions", "id")]
    [InlineData("DELETE", "/v1/ops/accounts/-1/sessions", "id")]
    [InlineData("DELETE", "/v1/ops/accounts/%D9%A1", "id")] // a digit, but not of ASCII
    [InlineData("DELETE", "/v1/ops/accounts/1/sessions/short", "session")]
    [InlineData("DELETE", "/v1/ops/accounts/1/sessions/twelve%20char", "session")]
    public async Task What_names_no_account_or_session_is_refused_by_its_field(string method, string path, string field)
    {
        var refusal = await Refusal.ExpectAsync(await SendAsync(new(method), path), 400, "invalid_request");
        Assert.NotEmpty(refusal.ErrorsOf(field));
    }

    [Theory]
    [InlineData("GET", "/sessions")]
    [InlineData("DELETE", "/sessions")]
    [InlineData("DELETE", "/sessions/abcdefghijkl")]
    [InlineData("DELETE", "")]
    public async Task Without_an_admin_key_nothing_is_told_or_done(string method, string path)
    {
        await Refusal.ExpectAsync(
            await Alice.Http.SendAsync(new HttpRequestMessage(new(method), Account + path)),
            401,
            "admin_key_invalid"
        );
        await ProxyHost.ReadAsync(await Alice.Http.GetAsync("/v1/session"));
    }

    /// <returns>The path of an unfinished upload.</returns>
    private static async Task<string> StartWorkAsync(SignedIn session)
    {
        await ProxyHost.ReadAsync(await KeyedAsync(session));
        return await session.Http.BeginAsync(100_000);
    }

    private static Task<HttpResponseMessage> KeyedAsync(SignedIn session)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/tweets") { Content = JsonContent.Create(new { text = Guid.NewGuid() }) };
        request.Headers.Add("Idempotency-Key", "key");
        return session.Http.SendAsync(request);
    }

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string path) =>
        Proxy.Http.SendAsync(new HttpRequestMessage(method, path) { Headers = { { "X-Admin-Key", Key } } });

    private async Task<JsonElement[]> ListAsync() =>
        [.. (await ProxyHost.ReadAsync(await SendAsync(HttpMethod.Get, $"{Account}/sessions"))).GetProperty("sessions").EnumerateArray()];

    private Task<(int KeyedWrites, int Uploads)> RowsAsync(string accountId) => RowsAsync(accountId, Proxy);

    private static async Task<(int KeyedWrites, int Uploads)> RowsAsync(string accountId, ProxyHost proxy) =>
        (
            (int)await CountAsync(proxy, "SELECT count(*) FROM keyed_writes WHERE key LIKE $what || '/%'", accountId),
            (int)await CountAsync(proxy, "SELECT count(*) FROM uploads WHERE record ->> '$.accountId' = $what", accountId)
        );

    private Task<long> RemindersAsync(string key) =>
        CountAsync(Proxy, "SELECT count(*) FROM reminders WHERE grain LIKE '%/' || $what", key);

    private static Task<long> CountAsync(ProxyHost proxy, string sql, string what) =>
        proxy
            .Services.GetRequiredService<Silo.Storage.SqliteDatabase>()
            .RunAsync(
                connection =>
                {
                    using var command = connection.CreateCommand();
                    command.CommandText = sql;
                    command.Parameters.AddWithValue("$what", what);
                    return (long)command.ExecuteScalar()!;
                },
                CancellationToken.None
            );

    private static DateTimeOffset At(JsonElement session, string name) => session.GetProperty(name).GetDateTimeOffset();

    private static (int Ended, int Left, bool Revoked) Ended(JsonElement answer) =>
        (
            answer.GetProperty("sessions_ended").GetInt32(),
            answer.GetProperty("sessions_left").GetInt32(),
            answer.GetProperty("revoked_at_x").GetBoolean()
        );

    private static (int Sessions, int KeyedWrites, int Uploads, bool Revoked) Erased(JsonElement answer) =>
        (
            answer.GetProperty("sessions_ended").GetInt32(),
            answer.GetProperty("keyed_writes_deleted").GetInt32(),
            answer.GetProperty("uploads_deleted").GetInt32(),
            answer.GetProperty("revoked_at_x").GetBoolean()
        );

    public sealed class OneProxy : SharedClockedProxy
    {
        private protected override ProxySetup Setup =>
            new()
            {
                Settings = new Dictionary<string, string>
                {
                    ["Ops:AdminKeys:0"] = ApiKey.Hash(Key),
                    ["Clients:web:ApiKeys:0"] = ApiKey.Hash(ProxyHost.ApiKey),
                },
                Customize = builder => builder.WithoutMaintenance(),
            };
    }
}
