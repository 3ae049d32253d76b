using System.Net;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Storage;

/// <summary>A row that cannot be read is one account's trouble.</summary>
public sealed class DamagedRecordTests
{
    [Fact]
    public async Task An_account_whose_row_is_damaged_is_told_so_and_the_others_go_on()
    {
        using var data = new TemporaryFolder();
        await using var sandbox = await Sandbox.SandboxServer.StartAsync(new() { Url = "http://127.0.0.1:0" });
        SignedIn alice;
        string sound;
        await using (var before = await ProxyHost.StartAsync(new() { Sandbox = sandbox, DataPath = data.Path }))
        {
            alice = await before.SignInAsync("alice");
            sound = (await before.SignInAsync("bob")).Token;
        }

        DatabaseFile.Execute(data.Path, $"UPDATE sessions SET record = '{{trunc' WHERE key = '{alice.AccountId}'");
        DatabaseFile.Execute(data.Path, "INSERT INTO sign_ins (key, version, record) VALUES ('damaged', 1, '{trunc')");
        await using var proxy = await ProxyHost.StartAsync(
            new()
            {
                Sandbox = sandbox,
                DataPath = data.Path,
                Customize = builder => builder.WithoutMaintenance(),
            }
        );
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "storage_unavailable"), await CallAsync(proxy, alice.Token));
        await proxy.MaintainAsync();
        Assert.Equal((HttpStatusCode.OK, null), await CallAsync(proxy, sound));
    }

    private static async Task<(HttpStatusCode Status, string? Reason)> CallAsync(ProxyHost proxy, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/users/me");
        request.Headers.Authorization = new("Bearer", token);
        using var response = await proxy.Http.SendAsync(request);
        return (response.StatusCode, response.IsSuccessStatusCode ? null : (await Problem.ReadAsync(response)).Reason);
    }
}
