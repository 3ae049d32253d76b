using OrleansTwitterProxy.Fuzzing;
using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Processes;

/// <summary>A short run of the fuzzer against both front ends, on PostgreSQL and three silos.</summary>
[Collection(ClusterProcesses.Collection)]
public sealed class FuzzTests(ClusterProcesses cluster, ITestOutputHelper output) : ProcessTest(cluster, output)
{
    private const int Rounds = 8;

    [ProcessFact]
    public async Task Made_up_requests_and_a_failing_X_are_answered_as_documented()
    {
        string[] names = [.. ClusterProcesses.Silos, .. ClusterProcesses.FrontEndNames];
        var read = names.ToDictionary(name => name, name => Cluster.Log(name).Length, StringComparer.Ordinal);
        var subject = new FuzzSubject
        {
            Proxies = Cluster.FrontEnds,
            TakeLog = () => [.. names.SelectMany(Errors)],
            IsAlive = () => names.All(Cluster.Running),
        };
        using var run = new FuzzRun(
            subject,
            new()
            {
                Seed = 1,
                Rounds = Rounds,
                Bound = TimeSpan.FromMinutes(2),
            },
            Print
        );

        var report = await run.RunAsync();

        Assert.True(report.Finds.Count == 0, string.Join("\n\n", report.Finds));
        Assert.Equal(Rounds * FuzzRun.RoundLength, report.Requests);

        // One line an entry: "12:34:56 fail: CATEGORY[ID] MESSAGE".
        IEnumerable<LogLine> Errors(string name)
        {
            var log = Cluster.Log(name);
            var fresh = log[read[name]..];
            read[name] = log.Length;
            return fresh
                .Split('\n')
                .Where(line => line.Contains(" fail: ", StringComparison.Ordinal) || line.Contains(" crit: ", StringComparison.Ordinal))
                .Select(line => new LogLine("Error", name, line, ""));
        }
    }
}
