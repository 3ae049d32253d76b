using System.Text.Json;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Smoke;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Deploy;

/// <summary>The program of deploy/smoke as a process, against one process; against a cluster: <c>SmokeProcessTests</c>.</summary>
public sealed class SmokeProgramTests(SharedProxy proxy) : IClassFixture<SharedProxy>
{
    [Fact]
    public async Task It_signs_in_posts_reads_uploads_deletes_and_signs_out()
    {
        var user = proxy.Begin();
        var (exitCode, output, errors) = await RunAsync(["--user", user]);

        Assert.True(exitCode == 0, output + errors);
        Assert.Equal(
            ["reach", "sign-in", "post", "timeline", "media", "delete", "sign-out"],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0])
        );
        Assert.All(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line =>
            Assert.Contains(" passed ", line, StringComparison.Ordinal)
        );
        var account = await proxy.Host.SignInAsync(user);
        var timeline = await ProxyHost.ReadAsync(await account.Http.GetAsync("/v1/timelines/user"));
        Assert.False(timeline.TryGetProperty("data", out var posts) && posts.GetArrayLength() > 0, timeline.ToString());
    }

    [Theory]
    [InlineData("sign-in", 3, "token", FaultVariant.CodeInvalid)]
    [InlineData("post", 4, "POST /2/tweets", FaultVariant.Forbidden)]
    [InlineData("timeline", 5, "GET /2/users/{id}/tweets", FaultVariant.Forbidden)]
    [InlineData("media", 6, "POST /2/media/upload/initialize", FaultVariant.Forbidden)]
    [InlineData("media", 6, "POST /2/media/upload/{id}/append", FaultVariant.PaymentRequired)]
    [InlineData("delete", 7, "DELETE /2/tweets/{id}", FaultVariant.Forbidden)]
    [InlineData("sign-out", 8, "revoke", FaultVariant.UnavailableJson)]
    public async Task A_step_that_X_breaks_is_the_one_that_fails(string step, int expected, string endpoint, FaultVariant variant)
    {
        var user = proxy.Begin();
        var fault = proxy.Host.Sandbox.Faults.Add(new() { Endpoint = endpoint, Variant = variant });
        var (exitCode, output, _) = await RunAsync(["--user", user, "--json"]);
        proxy.Host.Sandbox.Faults.Remove(fault);

        Assert.True(exitCode == expected, output);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line)).ToList();
        var failed = lines.First(line => line.GetProperty("outcome").GetString() == "failed");
        Assert.Equal(step, failed.GetProperty("step").GetString());
        Assert.Contains("answered", failed.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.True(fault.Hits > 0);
    }

    [Fact]
    public async Task A_given_session_skips_sign_in_and_sign_out_and_is_not_printed()
    {
        var session = await proxy.Host.SignInAsync(proxy.Begin());
        var (exitCode, output, errors) = await RunAsync([], ("SMOKE_SESSION_TOKEN", session.Token));

        Assert.True(exitCode == 0, output + errors);
        Assert.Matches("sign-out +skipped", output);
        Assert.DoesNotContain(session.Token, output, StringComparison.Ordinal);
        await ProxyHost.ReadAsync(await session.Http.GetAsync("/v1/session"));
    }

    [Theory]
    [InlineData("SMOKE_API_KEY", "a-key-that-opens-nothing")]
    [InlineData("SMOKE_SESSION_TOKEN", "otps_a-token-that-opens-nothing")]
    public async Task A_secret_that_opens_nothing_fails_the_sign_in_and_is_not_printed(string name, string value)
    {
        var (exitCode, output, errors) = await RunAsync([], (name, value));

        Assert.Equal(3, exitCode);
        Assert.Contains("answered 401", output, StringComparison.Ordinal);
        Assert.DoesNotContain("opens-nothing", output + errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_is_not_there_fails_the_first_step()
    {
        var (exitCode, output, _) = await SiloProcess.RunAsync(typeof(SmokeRun).Assembly, ["http://127.0.0.1:1"]);

        Assert.Equal(2, exitCode);
        Assert.Matches("reach +failed .*no answer", output);
    }

    [Theory]
    [InlineData("proxy.example.com", "no base URL")]
    [InlineData("https://proxy.example.com/v1", "no base URL")]
    [InlineData("http://127.0.0.1 --timeout 0", "--timeout is a number of seconds from 1 to 3600")]
    [InlineData("http://127.0.0.1 --loud", "--loud")]
    public async Task A_command_line_that_is_not_valid_ends_with_1(string typed, string said)
    {
        var (exitCode, _, errors) = await SiloProcess.RunAsync(typeof(SmokeRun).Assembly, typed.Split(' '));

        Assert.Equal(1, exitCode);
        Assert.Contains(said, errors, StringComparison.Ordinal);
    }

    [Fact]
    public void The_picture_is_one_that_takes_two_chunks_and_is_new_each_time()
    {
        var picture = TestImage.Create();

        Assert.InRange(picture.Length, (1 << 20) + 1, 2 << 20);
        Assert.NotEqual(picture, TestImage.Create());
    }

    private Task<(int ExitCode, string Output, string Errors)> RunAsync(
        string[] arguments,
        params (string Name, string Value)[] environment
    ) => SiloProcess.RunAsync(typeof(SmokeRun).Assembly, [proxy.Host.Url.ToString(), .. arguments], environment);
}
