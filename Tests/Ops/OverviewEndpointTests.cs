using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Ops;

/// <summary>What the console shows: accounts, clients, and the overview, once and live.</summary>
public sealed class OverviewEndpointTests(OverviewEndpointTests.OneProxy shared)
    : FreshAccountTest(shared),
        IClassFixture<OverviewEndpointTests.OneProxy>
{
    private const string Key = "a key of the operators";

    [Fact]
    public async Task The_overview_has_circuits_and_their_changes_calls_and_silos()
    {
        await ProxyHost.ReadAsync(await Alice.Http.GetAsync(Accounts.AnyCall));
        await PostAsync("/v1/ops/circuit/isolate", new { family = "lists" });
        await PostAsync("/v1/ops/circuit/close", new { family = "lists" });
        shared.Clock.Advance(TimeSpan.FromSeconds(1));

        var overview = await GetAsync("/v1/ops/overview");

        Assert.Equal(
            ["isolated", "closed"],
            overview
                .GetProperty("changes")
                .EnumerateArray()
                .Where(change => change.GetProperty("family").GetString() == "lists")
                .TakeLast(2)
                .Select(change => change.GetProperty("state").GetString())
        );
        Assert.Contains(overview.GetProperty("circuits").EnumerateArray(), circuit =>
            circuit.GetProperty("family").GetString() == "overall"
        );
        var minutes = overview.GetProperty("minutes").EnumerateArray().ToList();
        Assert.Equal(60, minutes.Count);
        Assert.True(minutes.Sum(minute => minute.GetProperty("calls").GetInt32()) > 0);
        Assert.Contains(minutes, minute => minute.GetProperty("p95").ValueKind is JsonValueKind.Number);
        Assert.Equal(0, overview.GetProperty("waiting").GetInt32());
        Assert.Equal("active", Assert.Single(overview.GetProperty("silos").EnumerateArray()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Calls_older_than_an_hour_are_forgotten()
    {
        await ProxyHost.ReadAsync(await Alice.Http.GetAsync(Accounts.AnyCall));
        shared.Clock.Advance(TimeSpan.FromHours(1));

        var overview = await GetAsync("/v1/ops/overview");

        Assert.All(overview.GetProperty("minutes").EnumerateArray(), minute => Assert.Equal(0, minute.GetProperty("calls").GetInt32()));
        Assert.Empty(overview.GetProperty("changes").EnumerateArray());
    }

    [Fact]
    public async Task Listeners_get_the_overview_again_and_again_and_no_more_than_32_listen()
    {
        List<HttpResponseMessage> open = [];
        try
        {
            for (var i = 0; i < 32; i++)
                open.Add(await ListenAsync());
            await using var stream = await open[0].Content.ReadAsStreamAsync();
            await using var events = SseParser.Create(stream).EnumerateAsync().GetAsyncEnumerator();

            Assert.True(await events.MoveNextAsync());
            Assert.Equal("overview", events.Current.EventType);
            var at = JsonElement.Parse(events.Current.Data).GetProperty("at").GetString();
            var next = events.MoveNextAsync().AsTask();
            await Eventually.TrueAsync("the next event has come", TimeSpan.FromSeconds(10), () =>
            {
                shared.Clock.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(next.IsCompleted);
            });
            Assert.True(await next);
            Assert.NotEqual(at, JsonElement.Parse(events.Current.Data).GetProperty("at").GetString());
            using var tooMany = await ListenAsync();
            await Refusal.ExpectAsync(tooMany, 503, "proxy_busy");
        }
        finally
        {
            open.ForEach(listener => listener.Dispose());
        }

        await Eventually.TrueAsync("the places are free again", TimeSpan.FromSeconds(10), async () =>
        {
            shared.Clock.Advance(TimeSpan.FromSeconds(2));
            using var again = await ListenAsync();
            return again.IsSuccessStatusCode;
        });
    }

    [Fact]
    public async Task Clients_are_shown_with_what_they_may_and_what_they_use()
    {
        await ProxyHost.ReadAsync(await Alice.Http.GetAsync(Accounts.AnyCall));

        var clients = (await GetAsync("/v1/ops/clients")).GetProperty("clients").EnumerateArray().ToList();

        var web = clients.Single(client => client.GetProperty("id").GetString() == "web");
        Assert.Equal(1, web.GetProperty("keys").GetInt32());
        Assert.Equal("https://app.example.com", web.GetProperty("origins")[0].GetString());
        Assert.True(web.GetProperty("calls").GetInt64() > 0);
        var limit = web.GetProperty("limit");
        Assert.Equal(
            (1000, 50, 0),
            (
                limit.GetProperty("token_limit").GetInt32(),
                limit.GetProperty("permit_limit").GetInt32(),
                limit.GetProperty("in_flight").GetInt32()
            )
        );
        Assert.Equal(
            JsonValueKind.Null,
            clients.Single(client => client.GetProperty("id").GetString() == "free").GetProperty("limit").ValueKind
        );
        Assert.DoesNotContain(ApiKey.Hash(ProxyHost.ApiKey), clients[0].GetRawText(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_account_in_trouble_is_found_by_name_id_and_state()
    {
        X.Accounts.Revoke(Username);
        shared.Clock.Advance(TimeSpan.FromHours(3)); // the next call has to refresh
        await Refusal.ExpectAsync(await Alice.Http.GetAsync(Accounts.AnyCall), 401, "reconnect_needed");

        foreach (
            var query in (string[])
                [$"search={Username}&state=rejected", $"search=%40{Username.ToUpperInvariant()}", $"search={Alice.AccountId}&limit=1"]
        )
        {
            var found = await GetAsync($"/v1/ops/accounts?{query}");
            var account = found.GetProperty("accounts").EnumerateArray().Single(one => one.GetProperty("username").GetString() == Username);
            Assert.Equal(Alice.AccountId, account.GetProperty("id").GetString());
            Assert.Equal(("rejected", 1), (account.GetProperty("state").GetString(), account.GetProperty("sessions").GetInt32()));
            Assert.Contains("sign in again", account.GetProperty("trouble").GetString(), StringComparison.Ordinal);
            var text = found.GetRawText();
            Assert.DoesNotContain("token\"", text, StringComparison.Ordinal);
            Assert.DoesNotContain((await Proxy.RecordAsync(Username))!.Grant!.AccessToken, text, StringComparison.Ordinal);
        }

        Assert.Empty((await GetAsync($"/v1/ops/accounts?search={Username}&state=active")).GetProperty("accounts").EnumerateArray());
    }

    [Fact]
    public async Task Accounts_come_page_by_page()
    {
        await Proxy.SignInAsync("zoe");
        List<string> ids = [];
        string? next = null;
        do
        {
            var page = await GetAsync($"/v1/ops/accounts?limit=1{(next is null ? "" : $"&after={next}")}");
            ids.AddRange(page.GetProperty("accounts").EnumerateArray().Select(account => account.GetProperty("id").GetString()!));
            next = page.GetProperty("next").GetString();
        } while (next is not null);

        Assert.Contains(Alice.AccountId, ids);
        Assert.Equal(ids.Distinct(), ids);
    }

    [Theory]
    [InlineData("state=broken", "state")]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=201", "limit")]
    [InlineData("after=x", "after")]
    [InlineData("search=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "search")]
    public async Task What_cannot_be_searched_is_named(string query, string field)
    {
        using var answer = await SendAsync(HttpMethod.Get, $"/v1/ops/accounts?{query}");

        Assert.NotEmpty((await Refusal.ExpectAsync(answer, 400, "invalid_request")).ErrorsOf(field));
    }

    private async Task<JsonElement> GetAsync(string path) => await ProxyHost.ReadAsync(await SendAsync(HttpMethod.Get, path));

    private async Task PostAsync(string path, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = JsonContent.Create(body),
            Headers = { { "X-Admin-Key", Key } },
        };
        await ProxyHost.ReadAsync(await Proxy.Http.SendAsync(request));
    }

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string path) =>
        Proxy.Http.SendAsync(new(method, path) { Headers = { { "X-Admin-Key", Key } } });

    private Task<HttpResponseMessage> ListenAsync() =>
        Proxy.Http.SendAsync(
            new(HttpMethod.Get, "/v1/ops/events") { Headers = { { "X-Admin-Key", Key } } },
            HttpCompletionOption.ResponseHeadersRead
        );

    public sealed class OneProxy : SharedClockedProxy
    {
        private protected override ProxySetup Setup =>
            new()
            {
                Settings = new Dictionary<string, string>
                {
                    ["Ops:AdminKeys:ops-a"] = ApiKey.Hash(Key),
                    ["Clients:web:ApiKeys:0"] = ApiKey.Hash(ProxyHost.ApiKey),
                    ["Clients:web:Origins:0"] = "https://app.example.com",
                    ["Clients:web:TokenLimit"] = "1000",
                    ["Clients:web:PermitLimit"] = "50",
                    ["Clients:free:ApiKeys:0"] = ApiKey.Hash("another"),
                },
            };
    }
}
