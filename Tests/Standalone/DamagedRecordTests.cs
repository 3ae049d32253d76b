using System.Net;
using Microsoft.Extensions.DependencyInjection;
using OrleansTwitterProxy.Api.Standalone;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Standalone;

/// <summary>A row that cannot be read is one account's trouble.</summary>
public sealed class DamagedRecordTests
{
    [Fact]
    public async Task An_account_whose_row_is_damaged_is_told_so_and_the_others_go_on()
    {
        using var data = new TemporaryFolder();
        await using var sandbox = await Sandbox.SandboxServer.StartAsync(new() { Url = "http://127.0.0.1:0" });
        string damaged, sound;
        await using (var before = await ProxyHost.StartAsync(new() { Sandbox = sandbox, DataPath = data.Path }))
        {
            var alice = await before.SignInAsync("alice");
            (damaged, sound) = (alice.Token, (await before.SignInAsync("bob")).Token);
            await Execute(before, $"UPDATE sessions SET record = '{{trunc' WHERE key = '{alice.AccountId}'");
            await Execute(before, "INSERT INTO sign_ins (key, version, record) VALUES ('damaged', 1, '{trunc')");
        }

        await using var proxy = await ProxyHost.StartAsync(new() { Sandbox = sandbox, DataPath = data.Path, Customize = builder => builder.WithoutCare() });
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "storage_unavailable"), await CallAsync(proxy, damaged));
        await proxy.CareAsync();
        Assert.Equal((HttpStatusCode.OK, null), await CallAsync(proxy, sound));
    }

    private static Task<int> Execute(ProxyHost proxy, string sql) => proxy.Services.GetRequiredService<SqliteDatabase>().RunAsync(
        connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            return command.ExecuteNonQuery();
        },
        CancellationToken.None);

    private static async Task<(HttpStatusCode Status, string? Reason)> CallAsync(ProxyHost proxy, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/users/me");
        request.Headers.Authorization = new("Bearer", token);
        using var response = await proxy.Http.SendAsync(request);
        return (response.StatusCode, response.IsSuccessStatusCode ? null : (await Problem.ReadAsync(response)).Reason);
    }
}
