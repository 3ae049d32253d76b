using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Clients;

public sealed class ApiKeyEndpointTests
{
    [Fact]
    public async Task The_printed_key_works_with_the_printed_configuration_and_only_the_hash_is_kept()
    {
        var (exitCode, output, errors) = await SiloProcess.RunAsync("keys", "new", "my-app");
        Assert.Equal((0, ""), (exitCode, errors));
        var key = Assert.Single(Regex.Matches(output, @"otpk_[A-Za-z0-9_-]{43}")).Value;
        var hash = Regex.Match(output, "Clients__my-app__ApiKeys__0=([0-9a-f]{64})").Groups[1].Value;
        var json = Regex.Match(output, @"^ *\{.*^ *\}\s*$", RegexOptions.Singleline | RegexOptions.Multiline).Value;
        Assert.Equal(
            hash,
            System.Text.Json.JsonElement.Parse(json).GetProperty("Clients").GetProperty("my-app").GetProperty("ApiKeys")[0].GetString()
        );
        await using var proxy = await ProxyHost.StartAsync(
            new() { Settings = new Dictionary<string, string> { ["Clients:my-app:ApiKeys:0"] = hash } }
        );

        Assert.Equal(HttpStatusCode.Created, (await proxy.AuthorizeAsync(key)).StatusCode);
        Assert.Equal("api_key_invalid", (await Problem.ReadAsync(await proxy.AuthorizeAsync(hash))).Reason);
        Assert.Equal("api_key_invalid", (await Problem.ReadAsync(await proxy.AuthorizeAsync(ProxyHost.ApiKey))).Reason);
    }

    [Fact]
    public async Task A_name_that_no_configuration_could_hold_is_refused()
    {
        var (exitCode, output, errors) = await SiloProcess.RunAsync("keys", "new", "my app");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("a client id has 1 to 64 letters", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_a_key_is_being_replaced_both_work()
    {
        await using var proxy = await ProxyHost.StartAsync(
            new()
            {
                Settings = new Dictionary<string, string>
                {
                    ["Clients:app:ApiKeys:0"] = ApiKey.Hash("old"),
                    ["Clients:app:ApiKeys:1"] = ApiKey.Hash("new"),
                },
            }
        );

        Assert.Equal(HttpStatusCode.Created, (await proxy.AuthorizeAsync("old")).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await proxy.AuthorizeAsync("new")).StatusCode);
    }

    [Fact]
    public async Task A_session_does_not_take_another_clients_key()
    {
        await using var proxy = await ProxyHost.StartAsync(
            new()
            {
                Settings = new Dictionary<string, string>
                {
                    ["Clients:app:ApiKeys:0"] = ApiKey.Hash(ProxyHost.ApiKey),
                    ["Clients:other:ApiKeys:0"] = ApiKey.Hash("other-key"),
                },
            }
        );
        var alice = await proxy.SignInAsync("alice");

        Assert.Equal(HttpStatusCode.OK, (await WithKeyAsync(ProxyHost.ApiKey)).StatusCode);
        Assert.Equal("api_key_invalid", (await Problem.ReadAsync(await WithKeyAsync("other-key"))).Reason);

        Task<HttpResponseMessage> WithKeyAsync(string key) =>
            alice.Http.SendAsync(new(HttpMethod.Get, "/v1/session") { Headers = { { "X-Api-Key", key } } });
    }
}
