using System.Text.Json;
using OrleansTwitterProxy.Smoke;
using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Processes;

/// <summary>The program of deploy/smoke against a front end of the cluster.</summary>
public sealed class SmokeProcessTests(ClusterProcesses cluster, ITestOutputHelper output) : ProcessTest(cluster, output)
{
    [ProcessFact]
    public async Task Every_step_passes_against_the_cluster()
    {
        var (exitCode, printed, errors) = await RunAsync(Cluster.FrontEnds[0], "smokes");

        Print(printed);
        Assert.True(exitCode == 0, printed + errors);
    }

    [ProcessTheory]
    [InlineData("sign-in", 3, "token", "code_invalid")]
    [InlineData("post", 4, "POST /2/tweets", "forbidden")]
    [InlineData("timeline", 5, "GET /2/users/{id}/tweets", "forbidden")]
    [InlineData("media", 6, "POST /2/media/upload/initialize", "forbidden")]
    [InlineData("delete", 7, "DELETE /2/tweets/{id}", "forbidden")]
    [InlineData("sign-out", 8, "revoke", "unavailable_json")]
    public async Task A_step_that_X_breaks_is_the_one_that_fails(string step, int expected, string endpoint, string variant)
    {
        await X.AddFaultAsync(new { endpoint, variant });
        var (exitCode, printed, _) = await RunAsync(Cluster.FrontEnds[1], $"smoke{step.Replace("-", "", StringComparison.Ordinal)}");

        Assert.True(exitCode == expected, printed);
        var failed = printed
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonElement.Parse(line))
            .First(line => line.GetProperty("outcome").GetString() == "failed");
        Assert.Equal(step, failed.GetProperty("step").GetString());
    }

    private static Task<(int ExitCode, string Output, string Errors)> RunAsync(Uri frontEnd, string user) =>
        SiloProcess.RunAsync(typeof(SmokeRun).Assembly, [frontEnd.ToString(), "--user", user, "--json"]);
}
