using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Errors;

/// <summary>A caller that hangs up is no error, and fills no log.</summary>
public sealed class HangUpTests
{
    private const int Times = 15;

    [Theory]
    [InlineData("POST /v1/tweets")]
    [InlineData("POST /v1/dry-run")]
    [InlineData("POST /2/tweets")]
    public async Task In_the_middle_of_a_body_it_leaves_no_error_in_the_log(string requestLine)
    {
        using var logs = new CapturedLogs();
        await using var proxy = await ProxyHost.StartAsync(
            new()
            {
                Customize = logs.AddTo,
                Settings = new Dictionary<string, string> { ["Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel"] = "Debug" },
            }
        );
        var alice = await proxy.SignInAsync("alice");
        for (var i = 0; i < Times; i++)
        {
            using var connection = await RawConnection.OpenAsync(proxy.Url);
            string[] headers = ["Content-Type: application/json", "Content-Length: 90", "Expect: 100-continue"];
            await connection.SendHeadAsync(requestLine, alice.Token, headers);
            Assert.Equal(100, (await connection.ReadAsync()).Status); // the proxy is reading
            await connection.SendAsync("{\"text\":"u8.ToArray());
            var ended = logs.NextAsync(entry => entry.Message.EndsWith("\" stopped.", StringComparison.Ordinal));

            connection.HangUp();

            await ended;
        }

        Assert.DoesNotContain(logs.Entries, entry => entry.Level >= LogLevel.Error);
    }
}
