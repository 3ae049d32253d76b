using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Processes;

public sealed class KilledSiloTests(ClusterProcesses cluster, ITestOutputHelper output) : ProcessTest(cluster, output)
{
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);

    [ProcessFact]
    public async Task A_kill_of_the_busiest_accounts_silo_fails_no_read_and_doubles_no_write()
    {
        await using var view = await ClusterView.ConnectAsync(Cluster);
        var accounts = await Balancer.SignInAsync($"killed{Guid.NewGuid().ToString("N")[..4]}x", 50);
        await using var load = new SteadyLoad(Balancer, accounts, workers: 12);
        await load.UntilMoreAsync(300);
        var victim = (await view.HostOfAsync(accounts[0]))!;
        var killedAt = TimeProvider.System.GetUtcNow();
        await Cluster.KillAsync(victim);
        await view.UntilAliveAsync([.. ClusterProcesses.Silos.Where(silo => silo != victim)]);
        await load.UntilMoreAsync(300);
        AllSucceeded(await Task.WhenAll(accounts.Select(account => Balancer.ReadAsync(account)))); // whoever was on it is served elsewhere
        await load.StopAsync();

        var results = load.Results.ToList();
        var failedReads = results.Where(result => result.IsRead && !result.Succeeded).ToList();
        var unknown = results.Count(result => result.Reason == "outcome_unknown");
        var failedWrites = results.Where(result => !result.IsRead && !result.Succeeded && result.Reason != "outcome_unknown").ToList();
        var posts = (await X.SeenAsync()).Posts;
        var recovered = results
            .Where(result => !result.Succeeded || result.Took > Slow)
            .Select(result => result.EndedAt - killedAt)
            .DefaultIfEmpty()
            .Max();
        Figure(
            "kill -9 under load: calls",
            $"{results.Count} ({results.Count / (results.Max(r => r.EndedAt) - results.Min(r => r.StartedAt)).TotalSeconds:F0}/s)"
        );
        Figure(
            "kill -9 under load: failed reads / failed writes / outcome unknown / doubled writes",
            $"{failedReads.Count} / {failedWrites.Count} / {unknown} / {load.Writes.Keys.Count(text => posts.GetValueOrDefault(text) > 1)}"
        );
        Figure("kill -9 under load: longest call", $"{results.Max(result => result.Took).TotalSeconds:F1} s");
        Figure("kill -9 under load: last call failed or slower than 1 s, after the kill", $"{recovered.TotalSeconds:F1} s");

        AllSucceeded(failedReads);
        AllSucceeded(failedWrites);
        Assert.All(load.Writes.Where(write => write.Value.Succeeded), write => Assert.Equal(1, posts.GetValueOrDefault(write.Key)));
        Assert.All(load.Writes.Keys, text => Assert.InRange(posts.GetValueOrDefault(text), 0, 1));
        Assert.InRange(recovered, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }
}
