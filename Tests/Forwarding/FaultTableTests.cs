using System.Net;
using System.Net.Http.Json;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Forwarding;

/// <summary>docs/reference/faults.md, row by row: the sandbox fails as the row says, and the proxy must do as it says.</summary>
public sealed class FaultTableTests(FaultTableTests.Proxy shared) : IClassFixture<FaultTableTests.Proxy>, IAsyncLifetime
{
    private const string Read = "GET /2/users/{id}";
    private const string Write = "POST /2/tweets";
    private const string AdminKey = "a key of the operators";

    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(30);

    private readonly string _name = $"a{Guid.NewGuid():N}"[..12];
    private SignedIn _account = null!;

    public static TheoryData<string> Rows => [.. FaultRow.All.Select(row => row.Name)];

    private SandboxServer X => shared.Host.Sandbox;

    public async Task InitializeAsync()
    {
        X.Faults.Clear();
        foreach (var family in (string[])["overall", "users", "tweets"])
            await OpsAsync(HttpMethod.Post, "close", family);
        _account = await shared.Host.SignInAsync(_name);
        shared.Clock.Advance(TimeSpan.FromMinutes(1)); // a token this old is replaced when X refuses it
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task X_fails_and_the_proxy_does_as_the_table_says(string name)
    {
        var row = FaultRow.All.Single(row => row.Name == name);
        var script = row.Script(
            row.At switch
            {
                "read" => Read,
                "write" => Write,
                _ => "token",
            }
        );
        using var unreachable = script is null ? await UnreachableAsync() : null;
        if (script is not null)
            X.Faults.Add(script);
        if (row.At == "refresh")
            shared.Clock.Advance(TimeSpan.FromHours(3));
        var before = Seen(row);

        var answer = await CallAsync(row, script, unreachable);

        Assert.Equal(row.Status, (int)answer.StatusCode);
        Assert.Equal(before + row.Cost, Seen(row));
        if (row.Reason is { } reason)
        {
            var problem = await Problem.ReadAsync(answer);
            Assert.Equal((reason, row.Retryable), (problem.Reason, problem.Retryable));
        }
        else
        {
            Assert.DoesNotContain("urn:orleans-twitter-proxy", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        // So often that the circuit must have opened if these count against X, and with a budget that does not run out.
        for (var i = 0; i < 20; i++)
            await CallAsync(row, script, unreachable);
        await (unreachable?.Host ?? shared.Host).SettleAsync();
        Assert.Equal(
            row.CountsAgainstX,
            unreachable is null
                ? await IsOpenAsync(row)
                : (await CallAsync(row, script, unreachable)).StatusCode == HttpStatusCode.ServiceUnavailable
        );
    }

    [Fact]
    public void Every_fault_that_the_sandbox_can_name_has_a_row() =>
        Assert.Empty(
            Enum.GetValues<FaultVariant>()
                .Except([FaultVariant.CodeInvalid]) // of a sign-in: CodeExchangeErrorTests
                .Except(FaultRow.All.Where(row => row.Variant is not null).Select(row => row.Variant!.Value))
        );

    private async Task<HttpResponseMessage> CallAsync(FaultRow row, Fault? script, Unreachable? unreachable)
    {
        var http = unreachable?.Account.Http ?? _account.Http;
        using var caller = new CancellationTokenSource();
        var call =
            row.At == "write"
                ? http.PostAsJsonAsync("/2/tweets", new { text = Guid.NewGuid().ToString() }, caller.Token)
                : http.GetAsync($"/2/users/{_account.AccountId}", caller.Token);
        if (script is not { Stall: true })
            return await call;
        // Slow, or never: whichever the row says, unless the circuit answers by now.
        var hit = X.Faults.WaitUntilHitAsync(script, ++row.Hits, caller.Token);
        if (await Task.WhenAny(call, hit) == hit)
        {
            shared.Clock.Advance(row.Status == 200 ? RequestTimeout * 0.8 : RequestTimeout);
            if (row.Status == 200)
                X.Faults.Release(script);
        }

        return await call;
    }

    // Of refreshes this account's own: the other rows' accounts are looked after meanwhile.
    private long Seen(FaultRow row) =>
        row.At == "refresh" ? X.Counters.RefreshAttemptsOf(_name) : X.Counters.Requests(row.At == "read" ? Read : Write);

    private async Task<bool> IsOpenAsync(FaultRow row)
    {
        var circuits = await OpsAsync(HttpMethod.Get, "", null);
        var family = row.At == "write" ? "tweets" : "users";
        return circuits
            .GetProperty("circuits")
            .EnumerateArray()
            .Any(circuit => circuit.GetProperty("family").GetString() == family && circuit.GetProperty("state").GetString() != "closed");
    }

    private async Task<System.Text.Json.JsonElement> OpsAsync(HttpMethod method, string verb, string? family)
    {
        using var request = new HttpRequestMessage(method, $"/v1/ops/circuit/{verb}".TrimEnd('/'))
        {
            Content = family is null ? null : JsonContent.Create(new { family }),
        };
        request.Headers.Add("X-Admin-Key", AdminKey);
        return await ProxyHost.ReadAsync(await shared.Host.Http.SendAsync(request));
    }

    // A proxy whose X has gone: nobody listens there any more.
    private static async Task<Unreachable> UnreachableAsync()
    {
        var x = await SandboxServer.StartAsync(new() { Url = "http://127.0.0.1:0" });
        var host = await ProxyHost.StartAsync(
            new()
            {
                Sandbox = x,
                Clock = new ManualClock(),
                Settings = Proxy.Settings,
            }
        );
        var account = await host.SignInAsync("alice");
        await x.DisposeAsync();
        return new(host, account);
    }

    private sealed record Unreachable(ProxyHost Host, SignedIn Account) : IDisposable
    {
        public void Dispose() => _ = Host.DisposeAsync().AsTask();
    }

    /// <summary>One proxy for all rows; each has an account of its own.</summary>
    public sealed class Proxy : IAsyncLifetime
    {
        internal static readonly Dictionary<string, string> Settings = new()
        {
            ["Ops:AdminKeys:0"] = ApiKey.Hash(AdminKey),
            ["Clients:app:ApiKeys:0"] = ApiKey.Hash(ProxyHost.ApiKey),
            ["Circuit:SamplingDuration"] = "01:00:00", // no call of a row is forgotten while its clock goes on
            ["Retries:BudgetShare"] = "1",
            ["Retries:BudgetPerSecond"] = "100",
        };

        internal ManualClock Clock { get; } = new();

        internal ProxyHost Host { get; private set; } = null!;

        // Maintenance would refresh a token as its time comes, before the call that a row is about.
        public async Task InitializeAsync() =>
            Host = await ProxyHost.StartAsync(
                new()
                {
                    Clock = Clock,
                    Settings = Settings,
                    Customize = SiloUnderTest.WithoutMaintenance,
                }
            );

        public async Task DisposeAsync() => await Host.DisposeAsync();
    }
}
