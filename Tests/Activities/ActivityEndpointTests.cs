using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Silo.Storage;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Activities;

/// <summary>Operators read what calls came to, who used what, and who did what.</summary>
public sealed class ActivityEndpointTests(ActivityEndpointTests.OneProxy shared)
    : FreshAccountTest(shared),
        IClassFixture<ActivityEndpointTests.OneProxy>
{
    private const string Key = "a key of the operators";

    private string Mine => $"account={Alice.AccountId}";

    [Fact]
    public async Task A_call_leaves_who_what_and_its_outcome_and_nothing_of_its_content()
    {
        var post = new HttpRequestMessage(HttpMethod.Post, "/v1/tweets") { Content = JsonContent.Create(new { text = "words of mine" }) };
        post.Headers.Add("X-Request-Id", "call-1");
        await ProxyHost.ReadAsync(await Alice.Http.SendAsync(post));
        await Alice.Http.GetAsync("/2/tweets/search/recent?query=secret");
        await Alice.Http.GetAsync("/2/oauth2/authorize");
        await Alice.Http.GetAsync("/2/never/heard/of-secret");
        await Alice.Http.GetAsync("/v1/session");
        await Alice.Http.GetAsync("/v1/users/me");

        var calls = await ActivityAsync(6);

        Assert.Equal(
            [
                ("GET /2/users/me", 200, "answered", "read_user"),
                ("GET /v1/session", 200, "answered", null),
                ("GET /2/{unknown}", 404, "answered", null),
                ("GET /2/{unknown}", 403, "path_not_forwarded", null),
                ("GET /2/tweets/search/recent", 200, "answered", "read_post"),
                ("POST /2/tweets", 201, "answered", "write_post_create"),
            ],
            calls.Select(call =>
                (Text(call, "endpoint"), call.GetProperty("status").GetInt32(), Text(call, "outcome"), Text(call, "cost_class"))
            )
        );
        Assert.All(calls, call => Assert.Equal(("web", Alice.AccountId), (Text(call, "client_id"), Text(call, "account_id"))));
        Assert.Equal("call-1", Text(calls[^1], "request_id"));
        Assert.All(calls, call => Assert.True(call.GetProperty("duration_ms").GetDouble() >= 0));
        Assert.DoesNotContain("secret", string.Join('\n', calls.Select(call => call.GetRawText())), StringComparison.Ordinal);
        Assert.DoesNotContain("words of mine", string.Join('\n', calls.Select(call => call.GetRawText())), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_of_nobody_leaves_nothing()
    {
        await Proxy.Http.GetAsync("/2/users/me");
        await Proxy.Http.SendAsync(new(HttpMethod.Get, "/2/users/me") { Headers = { { "X-Api-Key", "wrong" } } });
        await Alice.Http.GetAsync("/2/users/me"); // recorded after those would have been
        await ActivityAsync(1);

        foreach (var outcome in (string[])["session_missing", "api_key_invalid"])
            Assert.Empty(Entries(await ListAsync($"/v1/ops/activity?outcome={outcome}")));
    }

    [Fact]
    public async Task Calls_are_paged_and_filtered_and_exported_as_a_whole()
    {
        for (var i = 0; i < 5; i++)
            await Alice.Http.GetAsync(i == 2 ? "/2/users//me" : "/2/users/me");
        await ActivityAsync(5);

        var first = await ListAsync($"/v1/ops/activity?{Mine}&limit=3");
        var next = first.GetProperty("next_before").GetString();
        var second = await ListAsync($"/v1/ops/activity?{Mine}&limit=3&before={next}");
        var refused = await ListAsync($"/v1/ops/activity?{Mine}&outcome=invalid_path");
        using var lines = await OpsAsync($"/v1/ops/activity?{Mine}", "application/x-ndjson");
        using var csv = await OpsAsync($"/v1/ops/activity?{Mine}", "text/csv");

        Assert.Equal((3, 2), (Entries(first).Length, Entries(second).Length));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next_before").ValueKind);
        Assert.Equal("invalid_path", Text(Assert.Single(Entries(refused)), "outcome"));
        Assert.Equal("application/x-ndjson", lines.Content.Headers.ContentType?.MediaType);
        Assert.Equal(
            Entries(first).Concat(Entries(second)).Select(entry => entry.GetRawText()),
            (await lines.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        );
        var rows = (await csv.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("at,client_id,account_id,endpoint,status,outcome,duration_ms,cost_class,request_id", rows[0]);
        Assert.Equal((6, "activity.csv"), (rows.Length, csv.Content.Headers.ContentDisposition?.FileName?.Trim('"')));
    }

    [Fact]
    public async Task Usage_counts_calls_refusals_errors_and_what_X_bills()
    {
        await Alice.Http.GetAsync("/2/users/me");
        await Alice.Http.GetAsync("/2/users//me");
        await ProxyHost.ReadAsync(await Alice.Http.PostAsJsonAsync("/v1/tweets", new { text = "counted" }));
        await ActivityAsync(3);

        var usage = await ListAsync("/v1/ops/usage?by=account&limit=1000");

        var mine = Entries(usage).Single(entry => Text(entry, "key") == Alice.AccountId);
        Assert.Equal((3, 1, 0), (Number(mine, "calls"), Number(mine, "rejected"), Number(mine, "errors")));
        Assert.Equal("""{"read_user":1,"write_post_create":1}""", mine.GetProperty("cost_classes").GetRawText());
        Assert.Equal("account", Text(usage, "by"));
    }

    [Fact]
    public async Task A_cell_that_a_spreadsheet_would_take_for_a_formula_is_made_text()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/2/users/me") { Headers = { { "X-Request-Id", "=1+2,\"x\"" } } };
        await Alice.Http.SendAsync(request);
        await ActivityAsync(1);

        using var csv = await OpsAsync($"/v1/ops/activity?{Mine}&format=csv");

        Assert.EndsWith(",\"'=1+2,\"\"x\"\"\"\r\n", await csv.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("activity?limit=0", "limit")]
    [InlineData("activity?limit=1001", "limit")]
    [InlineData("activity?limit=5&format=csv", "limit")]
    [InlineData("activity?format=xml", "format")]
    [InlineData("activity?before=yesterday", "before")]
    [InlineData("activity?from=noon", "from")]
    [InlineData("activity?to=1900-01-01", "to")]
    [InlineData("activity?account=alice", "account")]
    [InlineData("activity?outcome=bad", "outcome")]
    [InlineData("audit?action=bad", "action")]
    [InlineData("usage", "by")]
    [InlineData("usage?by=day", "by")]
    public async Task A_value_that_is_not_valid_is_refused_by_its_name(string query, string field)
    {
        var refusal = await Refusal.ExpectAsync(await OpsAsync($"/v1/ops/{query}"), 400, "invalid_request");

        Assert.NotEmpty(refusal.ErrorsOf(field));
    }

    [Fact]
    public async Task The_audit_says_who_ended_what_and_why_and_what_came_of_it()
    {
        using var erase = new HttpRequestMessage(HttpMethod.Delete, $"/v1/ops/accounts/{Alice.AccountId}");
        erase.Headers.Add("Ops-Reason", "the user's wish");
        await ProxyHost.ReadAsync(await SendAsync(erase));
        await Proxy.StoreEntriesAsync();

        var audit = Entries(await ListAsync($"/v1/ops/audit?{Mine}"));

        Assert.Equal(["tokens_revoked", "account_erased", "erase_account", "signed_in"], audit.Select(entry => Text(entry, "action")));
        Assert.Equal(("anna", "the user's wish"), (Text(audit[2], "operator"), Text(audit[2], "reason")));
        Assert.Equal("web", Text(audit[3], "client_id"));
        Assert.Equal("erase_account", Text(Assert.Single(Entries(await ListAsync($"/v1/ops/audit?{Mine}&operator=anna"))), "action"));
        var started = Assert.Single(Entries(await ListAsync("/v1/ops/audit?action=process_started")));
        Assert.Contains($"web ({ApiKey.Hash(ProxyHost.ApiKey)[..8]})", Text(started, "detail"), StringComparison.Ordinal);
        Assert.Contains($"anna ({ApiKey.Hash(Key)[..8]})", Text(started, "detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sign_out_is_in_the_audit_with_its_client()
    {
        await Alice.Http.DeleteAsync("/v1/session");
        await Proxy.StoreEntriesAsync();

        var signOut = Assert.Single(Entries(await ListAsync($"/v1/ops/audit?{Mine}&action=signed_out")));

        Assert.Equal(("web", "sessions ended 1, left 0"), (Text(signOut, "client_id"), Text(signOut, "detail")));
    }

    [Theory]
    [InlineData(201, 'a')]
    [InlineData(3, '\t')]
    public async Task A_reason_that_does_not_fit_in_a_line_is_refused_and_nothing_is_done(int length, char character)
    {
        using var end = new HttpRequestMessage(HttpMethod.Delete, $"/v1/ops/accounts/{Alice.AccountId}/sessions");
        end.Headers.TryAddWithoutValidation("Ops-Reason", "a" + new string(character, length - 2) + "b");

        var refusal = await Refusal.ExpectAsync(await SendAsync(end), 400, "invalid_request");

        Assert.NotEmpty(refusal.ErrorsOf("Ops-Reason"));
        await ProxyHost.ReadAsync(await Alice.Http.GetAsync("/v1/session"));
    }

    [Fact]
    public async Task What_cannot_be_put_into_the_audit_is_not_done()
    {
        await using var proxy = await ProxyHost.StartAsync(shared.Like);
        var bob = await proxy.SignInAsync("bob");
        await proxy
            .Services.GetRequiredService<SqliteDatabase>()
            .RunAsync(
                connection =>
                {
                    using var command = connection.CreateCommand();
                    command.CommandText = "DROP TABLE audit";
                    return command.ExecuteNonQuery();
                },
                CancellationToken.None
            );

        foreach (
            var (method, path) in (IEnumerable<(HttpMethod, string)>)
                [
                    (HttpMethod.Delete, $"/v1/ops/accounts/{bob.AccountId}"),
                    (HttpMethod.Delete, $"/v1/ops/accounts/{bob.AccountId}/sessions"),
                    (HttpMethod.Post, "/v1/ops/circuit/isolate"),
                ]
        )
        {
            using var request = new HttpRequestMessage(method, path) { Headers = { { "X-Admin-Key", Key } } };
            await Refusal.ExpectAsync(await proxy.Http.SendAsync(request), 503, "storage_unavailable");
        }

        await ProxyHost.ReadAsync(await bob.Http.GetAsync("/v1/users/me"));
    }

    [Fact]
    public async Task Calls_go_on_while_their_activity_cannot_be_stored_and_what_is_lost_is_counted()
    {
        using var logs = new CapturedLogs();
        await using var proxy = await ProxyHost.StartAsync(shared.Like with { Customize = logs.AddTo });
        var bob = await proxy.SignInAsync("bob");
        var told = logs.NextAsync(entry => entry.Message.StartsWith("Activity: ", StringComparison.Ordinal));
        await proxy
            .Services.GetRequiredService<SqliteDatabase>()
            .RunAsync(
                connection =>
                {
                    using var command = connection.CreateCommand();
                    command.CommandText = "DROP TABLE activity";
                    return command.ExecuteNonQuery();
                },
                CancellationToken.None
            );

        await ProxyHost.ReadAsync(await bob.Http.GetAsync("/v1/users/me"));

        Assert.Contains("entries were lost", (await told).Message, StringComparison.Ordinal);
        Assert.True(proxy.Services.GetRequiredService<ActivityLog>().Dropped > 0);
    }

    [Fact]
    public async Task What_waits_is_stored_when_the_process_stops_and_is_there_after_the_next_start()
    {
        await using var world = await DurableWorld.StartAsync();
        string accountId;
        await using (var before = await world.StartProxyAsync())
        {
            var alice = await before.SignInAsync("alice");
            accountId = alice.AccountId;
            await ProxyHost.ReadAsync(await alice.Http.GetAsync("/v1/users/me"));
        }

        await using var after = await world.StartProxyAsync();
        var rows = after.Services.GetRequiredService<IActivityRows>();
        var audit = after.Services.GetRequiredService<IAuditRows>();

        var calls = await rows.ReadAsync(new() { AccountId = accountId }, 10, CancellationToken.None);
        Assert.Equal("GET /2/users/me", Assert.Single(calls).Endpoint);
        Assert.Equal(
            AuditActions.SignedIn,
            Assert.Single(await audit.ReadAsync(new() { AccountId = accountId }, 10, CancellationToken.None)).Action
        );
    }

    [Fact]
    public async Task Switched_off_no_call_is_recorded_and_the_audit_still_is()
    {
        var settings = new Dictionary<string, string>(shared.Like.Settings) { ["Activity:Enabled"] = "false" };
        await using var proxy = await ProxyHost.StartAsync(shared.Like with { Settings = settings });
        await (await proxy.SignInAsync("bob")).Http.GetAsync("/v1/users/me");
        await proxy.StoreEntriesAsync();

        Assert.Empty(await proxy.Services.GetRequiredService<IActivityRows>().ReadAsync(new(), 10, CancellationToken.None));
        Assert.NotEmpty(await proxy.Services.GetRequiredService<IAuditRows>().ReadAsync(new(), 10, CancellationToken.None));
    }

    // A call is recorded when its response has ended, which its caller may see before.
    private async Task<JsonElement[]> ActivityAsync(int count)
    {
        JsonElement[] entries = [];
        await Eventually.TrueAsync($"{count} calls are recorded", TimeSpan.FromSeconds(10), async () =>
        {
            await Proxy.StoreEntriesAsync();
            entries = Entries(await ListAsync($"/v1/ops/activity?{Mine}"));
            return entries.Length >= count;
        });
        Assert.Equal(count, entries.Length);
        return entries;
    }

    private async Task<JsonElement> ListAsync(string path) => await ProxyHost.ReadAsync(await OpsAsync(path));

    private Task<HttpResponseMessage> OpsAsync(string path, string? accept = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accept is not null)
            request.Headers.Add("Accept", accept);
        return SendAsync(request);
    }

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
    {
        request.Headers.Add("X-Admin-Key", Key);
        return Proxy.Http.SendAsync(request);
    }

    private static JsonElement[] Entries(JsonElement page) => [.. page.GetProperty("entries").EnumerateArray()];

    private static string? Text(JsonElement entry, string name) => entry.GetProperty(name).GetString();

    private static int Number(JsonElement entry, string name) => entry.GetProperty(name).GetInt32();

    public sealed class OneProxy : SharedProxy
    {
        internal ProxySetup Like => Setup;

        private protected override ProxySetup Setup =>
            new()
            {
                Settings = new Dictionary<string, string>
                {
                    ["Ops:AdminKeys:anna"] = ApiKey.Hash(Key),
                    ["Clients:web:ApiKeys:0"] = ApiKey.Hash(ProxyHost.ApiKey),
                    ["Logging:LogLevel:OrleansTwitterProxy.Api.Activities"] = "Warning",
                },
            };
    }
}
