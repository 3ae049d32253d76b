using System.Diagnostics;
using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Processes;

public sealed class ReadmeTests(ClusterProcesses cluster, ITestOutputHelper output) : ProcessTest(cluster, output)
{
    [ProcessFact]
    public async Task The_curl_lines_of_the_README_work_against_a_front_end_of_the_cluster()
    {
        // The two blocks of "A tweet in a minute", as they are but for the address; every curl also prints its status.
        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"));
        var section = readme[
            readme.IndexOf("## A tweet in a minute", StringComparison.Ordinal)..readme.IndexOf(
                "## With the real X",
                StringComparison.Ordinal
            )
        ];
        var blocks = string.Join(
            '\n',
            section.Split("```sh\n").Skip(1).Select(part => part[..part.IndexOf("```", StringComparison.Ordinal)])
        );
        Assert.Contains("PROXY=http://127.0.0.1:8080", blocks, StringComparison.Ordinal);
        var script =
            "set -e; export NO_PROXY='*'; curl() { command curl -w '\\n%{stderr}%{http_code}\\n' \"$@\"; }\n"
            + blocks.Replace("http://127.0.0.1:8080", Cluster.FrontEnds[0].GetLeftPart(UriPartial.Authority), StringComparison.Ordinal);
        using var bash = Process.Start(
            new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var printed = bash.StandardOutput.ReadToEndAsync();
        var errors = await bash.StandardError.ReadToEndAsync();
        await bash.WaitForExitAsync();

        Assert.True(bash.ExitCode == 0, await printed + errors);
        var statuses = errors.Split('\n').Where(line => line.Length == 3 && line.All(char.IsDigit)).ToList();
        Figure("README, statuses in order", string.Join(' ', statuses));
        Assert.Equal(
            ["201", "200", "201", "200", "200", "200", "201", "200", "200", "401"],
            statuses.Select(status => status is "204" ? "200" : status)
        );
        Assert.Contains("session_ended", await printed, StringComparison.Ordinal);
    }
}
