using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Hosting;

/// <summary>Keys and tokens that open nothing are throttled by address, logged and counted; valid ones always pass.</summary>
public sealed class FailedCredentialsTests : IAsyncLifetime, IDisposable
{
    private const int Limit = 5;

    private readonly CapturedLogs _logs = new();
    private ProxyHost _proxy = null!;

    public async Task InitializeAsync() =>
        _proxy = await ProxyHost.StartAsync(
            new()
            {
                Settings = new Dictionary<string, string>
                {
                    ["Proxy:FailedCredentialsPerMinute"] = $"{Limit}",
                    ["Proxy:TrustedProxies:0"] = "127.0.0.1",
                    ["Clients:app:ApiKeys:0"] = ApiKey.Hash("real-key"),
                    ["Logging:LogLevel:Default"] = "Warning",
                },
                Customize = _logs.AddTo,
            }
        );

    public async Task DisposeAsync() => await _proxy.DisposeAsync();

    public void Dispose() => _logs.Dispose();

    [Theory]
    [InlineData("POST", "/v1/auth/authorize", "X-Api-Key", "wrong-SeCrEt", "api_key_invalid")]
    [InlineData("GET", "/v1/session", "Authorization", "Bearer otps_wrong-SeCrEt", "session_invalid")]
    [InlineData("GET", "/2/users/me", "Authorization", "Bearer wrong-SeCrEt", "session_invalid")]
    [InlineData("GET", "/v1/ops/circuit", "X-Admin-Key", "wrong-SeCrEt", "admin_key_invalid")]
    [InlineData("GET", "/v1/ops/circuit", "Authorization", "Basic d3Jvbmc6d3JvbmctU2VDckV0", "admin_key_invalid")]
    public async Task After_too_many_invalid_ones_an_address_gets_429(
        string method,
        string path,
        string header,
        string value,
        string reason
    )
    {
        for (var i = 0; i < Limit; i++)
            await Refusal.ExpectAsync(await SendAsync(method, path, "192.0.2.1", (header, value)), 401, reason);

        var throttled = await SendAsync(method, path, "192.0.2.1", (header, value));

        var refusal = await Refusal.ExpectAsync(throttled, 429, "credentials_throttled");
        Assert.InRange(refusal.RetryAfter!.Value, 1, 60);
        Assert.Empty(throttled.Headers.WwwAuthenticate); // no browser is to ask again
        await Refusal.ExpectAsync(await SendAsync(method, path, "192.0.2.2", (header, value)), 401, reason);
        Assert.DoesNotContain(_logs.Entries, entry => entry.ToString().Contains("SeCrEt", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Valid_ones_pass_from_a_throttled_address_and_a_request_without_one_is_no_failure()
    {
        for (var i = 0; i < Limit + 1; i++)
            await SendAsync("POST", "/v1/auth/authorize", "192.0.2.1", ("X-Api-Key", "wrong"));

        using var valid = await SendAsync("POST", "/v1/auth/authorize", "192.0.2.1", ("X-Api-Key", "real-key"));
        Assert.Equal(HttpStatusCode.Created, valid.StatusCode);
        await Refusal.ExpectAsync(await SendAsync("POST", "/v1/auth/authorize", "192.0.2.1"), 401, "api_key_missing");
        for (var i = 0; i < 3 * Limit; i++)
            await Refusal.ExpectAsync(await SendAsync("GET", "/v1/session", "192.0.2.3"), 401, "session_missing");
    }

    [Fact]
    public async Task A_flood_is_counted_and_logs_a_few_lines_with_address_and_kind()
    {
        using var measured = new Measured(_proxy.Services.GetRequiredService<IMeterFactory>());

        for (var i = 0; i < 200; i++)
            await SendAsync("POST", "/v1/auth/authorize", "192.0.2.1", ("X-Api-Key", $"wrong{i}"));

        var lines = _logs.Entries.Where(entry => entry.Category == typeof(FailedCredentials).FullName).ToList();
        Assert.InRange(lines.Count, 1, 20);
        Assert.All(lines, line => Assert.Equal(LogLevel.Warning, line.Level));
        Assert.All(lines, line => Assert.Contains("ApiKey from 192.0.2.1", line.Message, StringComparison.Ordinal));
        var counts = measured.All.Where(each => each.Name == "otp.failed_credentials").ToList();
        Assert.Equal(200, counts.Sum(each => each.Value));
        Assert.All(counts, each => Assert.Equal("ApiKey", each.Tags["kind"]));
        Assert.Contains(counts, each => each.Tags["throttled"] is true);
        Assert.Contains(counts, each => each.Tags["throttled"] is false);
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    [InlineData("::1", "::")]
    public void An_address_stands_for_its_subscriber(string address, string network) =>
        Assert.Equal(IPAddress.Parse(network), FailedCredentials.NetworkOf(IPAddress.Parse(address)));

    private async Task<HttpResponseMessage> SendAsync(string method, string path, string from, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new(method), path);
        request.Headers.Add("X-Forwarded-For", from);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await _proxy.Http.SendAsync(request);
    }
}
