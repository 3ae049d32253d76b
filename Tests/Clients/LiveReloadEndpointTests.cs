using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Clients;

/// <summary>Clients are changed by saving a file, while the proxy runs.</summary>
public sealed class LiveReloadEndpointTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CapturedLogs _logs = new();
    private ProxyHost _proxy = null!;

    public async Task InitializeAsync()
    {
        Save(ClientWith("first"));
        _proxy = await ProxyHost.StartAsync(
            new()
            {
                Settings = new Dictionary<string, string> { ["contentRoot"] = _folder.Path, ["Logging:LogLevel:Default"] = "Information" },
                Customize = _logs.AddTo,
            }
        );
    }

    public async Task DisposeAsync() => await _proxy.DisposeAsync();

    public void Dispose()
    {
        _logs.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_saved_file_takes_effect_at_once()
    {
        Assert.Equal(HttpStatusCode.Created, (await _proxy.AuthorizeAsync("first")).StatusCode);
        var reloaded = _logs.NextAsync(entry => entry.Message == "Clients reloaded: 1");
        Save(ClientWith("second"));
        await reloaded;

        Assert.Equal("api_key_invalid", (await Problem.ReadAsync(await _proxy.AuthorizeAsync("first"))).Reason);
        Assert.Equal(HttpStatusCode.Created, (await _proxy.AuthorizeAsync("second")).StatusCode);
        await _proxy.StoreEntriesAsync();
        var change = Assert.Single(await AuditedAsync(AuditActions.ClientChanged));
        Assert.Equal(
            ("app", $"key {ApiKey.Hash("second")[..8]} added, key {ApiKey.Hash("first")[..8]} removed"),
            (change.ClientId, change.Detail)
        );
    }

    [Fact]
    public async Task An_admin_key_that_is_added_beside_another_works_at_once_and_is_in_the_audit()
    {
        Save(
            JsonSerializer.Serialize(
                new
                {
                    Clients = new { app = new { ApiKeys = new[] { ApiKey.Hash("first") } } },
                    Ops = new { AdminKeys = new { anna = ApiKey.Hash("old"), anna2 = ApiKey.Hash("new") } },
                }
            )
        );

        await Eventually.TrueAsync("both keys are in the audit", TimeSpan.FromSeconds(10), async () =>
        {
            await _proxy.StoreEntriesAsync();
            return await AuditedAsync(AuditActions.AdminKeyAdded) is { Count: 2 };
        });
        foreach (var key in (string[])["old", "new"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/ops/circuit") { Headers = { { "X-Admin-Key", key } } };
            Assert.Equal(HttpStatusCode.OK, (await _proxy.Http.SendAsync(request)).StatusCode);
        }
    }

    [Fact]
    public async Task API_keys_and_admin_keys_rotate_with_overlap_while_the_proxy_runs()
    {
        await SaveAsync(["first", "second"], ["old", "new"]);
        foreach (var key in (string[])["first", "second"])
            Assert.Equal(HttpStatusCode.Created, (await _proxy.AuthorizeAsync(key)).StatusCode);
        foreach (var key in (string[])["old", "new"])
            Assert.Equal(HttpStatusCode.OK, await OperateAsync(key));

        await SaveAsync(["second"], ["new"]);
        Assert.Equal("api_key_invalid", (await Problem.ReadAsync(await _proxy.AuthorizeAsync("first"))).Reason);
        Assert.Equal(HttpStatusCode.Created, (await _proxy.AuthorizeAsync("second")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await OperateAsync("old"));
        Assert.Equal(HttpStatusCode.OK, await OperateAsync("new"));

        async Task SaveAsync(string[] clientKeys, string[] adminKeys)
        {
            var reloaded = _logs.NextAsync(entry => entry.Message == "Clients reloaded: 1");
            Save(
                JsonSerializer.Serialize(
                    new
                    {
                        Clients = new { app = new { ApiKeys = clientKeys.Select(ApiKey.Hash) } },
                        Ops = new { AdminKeys = adminKeys.Select(ApiKey.Hash) },
                    }
                )
            );
            await reloaded;
        }
    }

    [Fact]
    public async Task What_is_not_valid_is_logged_and_the_earlier_clients_stay()
    {
        var refused = _logs.NextAsync(entry =>
            entry.Level is LogLevel.Error && entry.Message.StartsWith("Clients not reloaded", StringComparison.Ordinal)
        );
        Save("""{"Clients":{"app":{"ApiKeys":["put in as it was printed"]}}}""");

        var entry = await refused;

        Assert.Contains("Clients:app:ApiKeys:0", entry.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("as it was printed", entry.Message, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Created, (await _proxy.AuthorizeAsync("first")).StatusCode);
    }

    [Fact]
    public async Task A_file_that_is_gone_does_not_open_the_proxy_to_the_development_key()
    {
        var kept = _logs.NextAsync(entry => entry.Message.StartsWith("Clients not reloaded", StringComparison.Ordinal));
        File.Delete(Path.Combine(_folder.Path, "appsettings.json"));
        await kept;

        Assert.Equal("api_key_invalid", (await Problem.ReadAsync(await _proxy.AuthorizeAsync(ClientDirectory.DevelopmentKey))).Reason);
    }

    private Task<IReadOnlyList<AuditEntry>> AuditedAsync(string action) =>
        _proxy.Services.GetRequiredService<IAuditRows>().ReadAsync(new() { Action = action }, 10, CancellationToken.None);

    private async Task<HttpStatusCode> OperateAsync(string adminKey)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/ops/circuit");
        request.Headers.Add("X-Admin-Key", adminKey);
        return (await _proxy.Http.SendAsync(request)).StatusCode;
    }

    private static string ClientWith(string key) =>
        JsonSerializer.Serialize(new { Clients = new { app = new { ApiKeys = new[] { ApiKey.Hash(key) } } } });

    // In one step, as editors and configuration managers do: a file half written would be read half written.
    private void Save(string json)
    {
        var path = Path.Combine(_folder.Path, "appsettings.json");
        File.WriteAllText(path + ".new", json);
        File.Move(path + ".new", path, overwrite: true);
    }
}
