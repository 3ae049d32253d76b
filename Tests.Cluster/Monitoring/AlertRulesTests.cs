using System.Diagnostics;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Monitoring;

/// <summary>The rules for Prometheus, by Prometheus' own tool.</summary>
public sealed class AlertRulesTests
{
    [ProgramTheory("promtool")]
    [InlineData("check", "alerts.yml")]
    [InlineData("test", "alerts.test.yml")]
    public async Task Promtool_accepts_the_rules_and_passes_their_tests(string command, string file)
    {
        using var promtool = Process.Start(
            new ProcessStartInfo("promtool", [command, "rules", file])
            {
                WorkingDirectory = Path.Combine(Repository.Root, "deploy", "prometheus"),
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var said = await promtool.StandardOutput.ReadToEndAsync() + await promtool.StandardError.ReadToEndAsync();
        await promtool.WaitForExitAsync();

        Assert.True(promtool.ExitCode == 0, said);
        Assert.Contains("SUCCESS", said, StringComparison.Ordinal);
    }
}
