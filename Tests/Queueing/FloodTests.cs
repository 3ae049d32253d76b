using System.Globalization;
using System.Net;
using System.Text.Json;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Queueing;

/// <summary>
/// One client that sends far more than may wait, at once, to a proxy in a process of its own. What others notice of it in time and memory
/// is for Benchmarks to say.
/// </summary>
public sealed class FloodTests : IAsyncLifetime
{
    private const string User = "GET /2/users/by/username/{username}";
    private const int Places = 1000; // a client's share of an account's
    private const int Connections = Places + 100; // of the flood: those who wait each hold one, and the rest go through a hundred
    private const int Flood = 2000;
    private const int OwnCalls = 50;

    private DurableWorld _world = null!;
    private ProxyProcess _proxy = null!;

    private SandboxServer X => _world.Sandbox;

    public async Task InitializeAsync()
    {
        _world = await DurableWorld.StartAsync();
        _proxy = await ProxyProcess.StartAsync(
            _world,
            new Dictionary<string, string>
            {
                ["Clients:greedy:ApiKeys:0"] = ApiKey.Hash("greedy-key"),
                ["Clients:modest:ApiKeys:0"] = ApiKey.Hash("modest-key"),
            }
        );
    }

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _world.DisposeAsync();
    }

    [Fact]
    public async Task A_client_that_floods_the_line_of_an_account_leaves_other_clients_and_accounts_theirs()
    {
        X.Limits.Set(User, new() { PerUser = 900 });
        X.Limits.Set("GET /2/users/me", new() { PerUser = 100_000 });
        var greedy = await SignInAsync("alice", "greedy-key");
        var modest = await SignInAsync("alice", "modest-key");
        var bob = await SignInAsync("bob", "greedy-key");
        X.Faults.Add(
            new()
            {
                Endpoint = User,
                Account = "alice",
                Variant = FaultVariant.RateLimited,
                Times = 1,
                Headers = new Dictionary<string, string?>
                {
                    ["x-rate-limit-limit"] = "100000",
                    ["x-rate-limit-reset"] = TimeProvider
                        .System.GetUtcNow()
                        .AddMinutes(4)
                        .ToUnixTimeSeconds()
                        .ToString(CultureInfo.InvariantCulture),
                },
            }
        );
        Assert.Equal(HttpStatusCode.TooManyRequests, (await greedy.GetAsync(Accounts.AnyCall)).StatusCode);

        using var leave = new CancellationTokenSource();
        var waits = Enumerable.Range(0, Flood).Select(_ => WaitAsync(greedy, leave.Token)).ToList();
        await Task.WhenAll(CallAsync(bob, Accounts.AnyCall), CallAsync(modest, "/2/users/me"));
        await Eventually.TrueAsync("all are refused but those who wait", TimeSpan.FromMinutes(2), () =>
            Task.FromResult(waits.Count(wait => wait.IsCompleted) >= Flood - Places)
        );
        Assert.Equal(Places, await WaitingAsync(greedy));

        // There is a place for the other client, and its turn comes second.
        using var request = Waiting();
        var place = modest.SendAsync(request, leave.Token);
        await Eventually.TrueAsync("the other client stands in line", TimeSpan.FromSeconds(30), async () =>
            await WaitingAsync(modest) == Places + 1
        );
        Assert.Equal(2, (await LineAsync(modest)).GetProperty("own")[0].GetProperty("place").GetInt32());

        await leave.CancelAsync();
        await Eventually.TrueAsync("everybody has left", TimeSpan.FromMinutes(1), async () =>
            (await LineAsync(modest)).ValueKind is JsonValueKind.Undefined
        );
        Assert.Equal(Flood - Places, (await Task.WhenAll(waits)).Count(status => status == 429));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => place);
    }

    private static HttpRequestMessage Waiting() => new(HttpMethod.Get, Accounts.AnyCall) { Headers = { { "Prefer", "wait=300" } } };

    /// <returns>The status; zero for one that was called off.</returns>
    private static async Task<int> WaitAsync(HttpClient client, CancellationToken cancellationToken)
    {
        try
        {
            using var request = Waiting();
            using var answer = await client.SendAsync(request, cancellationToken);
            return (int)answer.StatusCode;
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
    }

    private static async Task CallAsync(HttpClient client, string path)
    {
        for (var i = 0; i < OwnCalls; i++)
        {
            using var answer = await client.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    private static async Task<JsonElement> LineAsync(HttpClient client) =>
        (await ProxyHost.ReadAsync(await client.GetAsync("/v1/limits"))).GetProperty("lines").EnumerateArray().SingleOrDefault();

    private static async Task<int> WaitingAsync(HttpClient client) =>
        await LineAsync(client) is { ValueKind: JsonValueKind.Object } line ? line.GetProperty("waiting").GetInt32() : 0;

    private async Task<HttpClient> SignInAsync(string user, string key)
    {
        var client = new HttpClient(
            new SocketsHttpHandler
            {
                MaxConnectionsPerServer = Connections,
                AllowAutoRedirect = false,
                UseCookies = false,
                UseProxy = false,
            }
        )
        {
            BaseAddress = _proxy.Http.BaseAddress,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        var callback = await client.ConsentAsync(await client.BeginAsync(apiKey: key), user);
        client.Carry(await ProxyHost.ReadAsync(await client.GetAsync(callback)));
        return client;
    }
}
