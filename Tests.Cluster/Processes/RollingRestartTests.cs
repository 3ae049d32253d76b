using System.Globalization;
using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Processes;

public sealed class RollingRestartTests(ClusterProcesses cluster, ITestOutputHelper output) : ProcessTest(cluster, output)
{
    // ROLLING_CALLS=10000 restarts again until there were so many.
    private static readonly int Calls = int.Parse(Setting("ROLLING_CALLS") ?? "0", CultureInfo.InvariantCulture);

    [ProcessFact]
    public async Task A_rolling_restart_of_every_process_under_load_fails_no_request()
    {
        var accounts = await Balancer.SignInAsync($"rolling{Guid.NewGuid().ToString("N")[..4]}x", 30);
        await using var load = new SteadyLoad(Balancer, accounts, workers: 8);
        await load.UntilMoreAsync(100);
        var started = TimeProvider.System.GetTimestamp();
        var rounds = 0;
        do
        {
            foreach (var name in (string[])[.. ClusterProcesses.Silos, .. ClusterProcesses.FrontEndNames])
            {
                await Cluster.StopAsync(name);
                await Cluster.StartAsync(name);
            }

            rounds++;
        } while (load.Results.Count < Calls);

        var took = TimeProvider.System.GetElapsedTime(started);
        await load.UntilMoreAsync(100);
        await load.StopAsync();
        var results = load.Results.ToList();
        Figure(
            "Rolling restart of five processes",
            $"{rounds} times, {took.TotalSeconds:F0} s, {results.Count} calls, {results.Count(result => !result.Succeeded)} failed, the longest {results.Max(result => result.Took).TotalSeconds:F1} s"
        );
        AllSucceeded(results);
        var posts = (await X.SeenAsync()).Posts;
        Assert.All(load.Writes.Keys, text => Assert.Equal(1, posts.GetValueOrDefault(text)));
    }
}
