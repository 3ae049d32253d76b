using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Sessions;

/// <summary>Encryption keys rotate, and stored tokens are re-encrypted, while the proxy runs.</summary>
public sealed class RewrapTests
{
    private const string Keys = "/v1/ops/keys";
    private const string Rewrap = "/v1/ops/rewrap";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Stored_tokens_get_the_newest_key_and_need_the_old_one_no_more()
    {
        await using var world = await DurableWorld.StartAsync();
        Guid newKey;
        string alice;
        await using (var proxy = await world.StartProxyAsync())
        {
            var signedIn = await proxy.SignInAsync("alice");
            alice = signedIn.AccountId;
            await proxy.SignInAsync("bob");
            using var operators = Operators(proxy);
            var first = await RewrapAsync(operators);
            Assert.Equal(("completed", 2, 0, 2, 0), Counts(first));

            newKey = (await ProxyHost.ReadAsync(await operators.PostAsync(Keys, null))).GetProperty("id").GetGuid();
            var carol = await proxy.SignInAsync("carol"); // has the new key already
            var second = await RewrapAsync(operators);
            Assert.Equal(("completed", 3, 2, 1, 0), Counts(second));
            var keys = second.GetProperty("keys").EnumerateArray().ToList();
            Assert.Equal(2, keys.Count);
            Assert.Equal(
                (newKey, true, 6),
                (
                    keys[0].GetProperty("id").GetGuid(),
                    keys[0].GetProperty("is_newest").GetBoolean(),
                    keys[0].GetProperty("tokens").GetInt32()
                )
            );
            Assert.Equal(0, keys[1].GetProperty("tokens").GetInt32());
            Assert.True(keys[1].GetProperty("needed_until").GetDateTimeOffset() > TimeProvider.System.GetUtcNow().AddDays(179));
            Assert.Equal(("completed", 3, 0, 3, 0), Counts(await RewrapAsync(operators))); // nothing twice

            // Activations that had read the records before go on.
            await ProxyHost.ReadAsync(await signedIn.Http.RefreshAsync());
            await ProxyHost.ReadAsync(await signedIn.Http.GetAsync(Accounts.AnyCall));
            await ProxyHost.ReadAsync(await carol.Http.GetAsync(Accounts.AnyCall));
        }

        foreach (var file in Directory.GetFiles(Path.Combine(world.DataPath, "keys")).Where(file => !file.Contains($"{newKey}")))
            File.Delete(file);
        await using var restarted = await world.StartProxyAsync();
        var grant = (await restarted.RecordAsync())!.Grant!;
        Assert.NotEmpty(restarted.Services.GetRequiredService<TokenVault>().UnprotectRefresh(alice, grant.RefreshToken!).Reveal());
    }

    [Fact]
    public async Task Tokens_whose_key_is_lost_are_counted_and_left_as_they_are()
    {
        await using var world = await DurableWorld.StartAsync();
        await using (var proxy = await world.StartProxyAsync())
            await proxy.SignInAsync("alice");
        foreach (var file in Directory.GetFiles(Path.Combine(world.DataPath, "keys")))
            File.Delete(file);

        await using var restarted = await world.StartProxyAsync();
        var before = (await restarted.RecordAsync())!.Grant!.AccessToken;
        using var operators = Operators(restarted);
        Assert.Equal(("completed", 1, 0, 0, 1), Counts(await RewrapAsync(operators)));
        Assert.Equal(before, (await restarted.RecordAsync())!.Grant!.AccessToken);
    }

    [Fact]
    public async Task Nobody_but_an_operator_rotates_keys()
    {
        await using var proxy = await ProxyHost.StartAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, (await proxy.Http.PostAsync(Keys, null)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await proxy.Http.PostAsync(Rewrap, null)).StatusCode);
    }

    private static HttpClient Operators(ProxyHost proxy)
    {
        var client = proxy.NewClient();
        client.DefaultRequestHeaders.Add("X-Admin-Key", "dev-admin");
        return client;
    }

    private static async Task<JsonElement> RewrapAsync(HttpClient operators)
    {
        var progress = await ProxyHost.ReadAsync(await operators.PostAsync(Rewrap, null));
        await Eventually.TrueAsync("the run ends", Soon, async () =>
        {
            progress = await ProxyHost.ReadAsync(await operators.GetAsync(Rewrap));
            return progress.GetProperty("state").GetString() != "running";
        });
        return progress;
    }

    private static (string?, int, int, int, int) Counts(JsonElement progress) =>
        (
            progress.GetProperty("state").GetString(),
            progress.GetProperty("accounts").GetInt32(),
            progress.GetProperty("reencrypted").GetInt32(),
            progress.GetProperty("skipped").GetInt32(),
            progress.GetProperty("failed").GetInt32()
        );
}
