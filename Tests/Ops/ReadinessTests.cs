using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Ops;

/// <summary>What takes a process on SQLite out, and that it comes back by itself. Full disks and PostgreSQL are in Tests.Cluster.</summary>
public sealed class ReadinessTests : IDisposable
{
    private readonly TemporaryFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task A_key_ring_that_is_gone_makes_a_node_not_ready_though_its_keys_are_in_memory()
    {
        using var logs = new CapturedLogs();
        await using var proxy = await StartAsync(logs);
        var alice = await proxy.SignInAsync("alice");
        using var elsewhere = new TemporaryFolder();
        var (keys, away) = (Path.Combine(_data.Path, "keys"), Path.Combine(elsewhere.Path, "keys"));

        Directory.Move(keys, away);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy: key ring (lost)"), await ReadyAsync(proxy));
        await ProxyHost.ReadAsync(await alice.Http.GetAsync(Accounts.AnyCall));
        Assert.Contains(logs.Entries, entry =>
            entry.Message.StartsWith("Not ready: key ring (lost). Restore the key ring from the backup", StringComparison.Ordinal)
        );
        if (Directory.Exists(keys))
            Directory.Delete(keys); // without force: it is empty, no new ring was made
        Directory.Move(away, keys);
        Assert.Equal((HttpStatusCode.OK, "Healthy"), await ReadyAsync(proxy));
        Assert.Contains(logs.Entries, entry => entry.Message == "Ready again: key ring");
    }

    [Fact]
    public async Task A_start_beside_accounts_whose_key_ring_is_gone_makes_no_new_one_and_goes_on_once_it_is_back()
    {
        string token;
        await using var world = await DurableWorld.StartAsync();
        var (keys, away) = (Path.Combine(world.DataPath, "keys"), Path.Combine(world.DataPath, "away"));
        await using (var before = await world.StartProxyAsync())
            token = (await before.SignInAsync("alice")).Token;
        Directory.Move(keys, away);

        await using var proxy = await world.StartProxyAsync();

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy: key ring (lost)"), await ReadyAsync(proxy));
        Assert.Empty(Directory.EnumerateFiles(keys));
        Directory.Delete(keys);
        Directory.Move(away, keys);
        Assert.Equal((HttpStatusCode.OK, "Healthy"), await ReadyAsync(proxy));
        proxy.Http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        await ProxyHost.ReadAsync(await proxy.Http.GetAsync(Accounts.AnyCall));
    }

    [Fact]
    public async Task A_database_file_that_is_gone_is_named_and_JSON_has_every_check()
    {
        await using var proxy = await StartAsync();
        var (path, away) = (Path.Combine(_data.Path, "proxy.db"), Path.Combine(_data.Path, "away.db"));

        File.Move(path, away);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/healthz/ready");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        using var response = await proxy.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        var document = System.Text.Json.JsonElement.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal("unhealthy", document.GetProperty("status").GetString());
        Assert.Equal(
            ["X's clock healthy ", "database unhealthy the file is gone", "draining healthy ", "key ring healthy "],
            document
                .GetProperty("checks")
                .EnumerateArray()
                .Select(check =>
                    $"{check.GetProperty("name").GetString()} {check.GetProperty("status").GetString()} {check.GetProperty("description").GetString()}"
                )
                .Order(StringComparer.Ordinal)
        );
        File.Move(away, path);
        Assert.Equal((HttpStatusCode.OK, "Healthy"), await ReadyAsync(proxy));
    }

    [Theory]
    [InlineData(60)]
    [InlineData(2 * 3600)]
    [InlineData(-2 * 3600)]
    public async Task A_clock_far_from_Xs_degrades_a_node_until_it_is_set(int seconds)
    {
        await using var proxy = await StartAsync();
        var clock = proxy.Services.GetRequiredService<UpstreamClock>();

        Show(seconds);

        var (status, text) = await ReadyAsync(proxy);
        Assert.Equal(HttpStatusCode.OK, status);
        var side = seconds > 0 ? "behind" : "ahead of";
        Assert.StartsWith("Degraded: X's clock (this machine's clock is ", text, StringComparison.Ordinal);
        Assert.EndsWith($"{Math.Abs(seconds)} s {side} X's)", text, StringComparison.Ordinal);
        Show(0);
        Assert.Equal((HttpStatusCode.OK, "Healthy"), await ReadyAsync(proxy));

        void Show(int ahead)
        {
            var now = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
            for (var i = 0; i < 7; i++)
                clock.Observe(now.AddSeconds(ahead).ToString("r", CultureInfo.InvariantCulture), now);
        }
    }

    private Task<ProxyHost> StartAsync(CapturedLogs? logs = null) =>
        ProxyHost.StartAsync(
            new()
            {
                DataPath = _data.Path,
                Settings = new Dictionary<string, string> { ["Logging:LogLevel:Default"] = "Warning" },
                Customize = builder => logs?.AddTo(builder),
            }
        );

    private static async Task<(HttpStatusCode Status, string Text)> ReadyAsync(ProxyHost proxy)
    {
        using var response = await proxy.Http.GetAsync("/healthz/ready");
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
