using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Processes;

/// <summary>Silos that are lost are found soon, however many at once; one that only stands still for a moment is not lost.</summary>
public sealed class MembershipTests(ClusterProcesses cluster, ITestOutputHelper output) : ProcessTest(cluster, output)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    [ProcessFact]
    public async Task Two_silos_of_three_that_die_at_once_are_found_without_each_others_votes()
    {
        await using var view = await ClusterView.ConnectAsync(Cluster);
        var accounts = await Balancer.SignInAsync($"two{Guid.NewGuid().ToString("N")[..4]}x", 30);
        await using var load = new SteadyLoad(Balancer, accounts, workers: 8);
        await load.UntilMoreAsync(100);

        var killedAt = TimeProvider.System.GetUtcNow();
        await Cluster.KillAsync("silo2", "silo3");
        await view.UntilAliveAsync("silo1");
        var found = TimeProvider.System.GetUtcNow() - killedAt;
        await load.UntilMoreAsync(100);
        AllSucceeded(await Task.WhenAll(accounts.Select(account => Balancer.ReadAsync(account))));
        var served = TimeProvider.System.GetUtcNow() - killedAt;
        await load.StopAsync();

        Figure(
            "kill -9 of two silos of three: found / every account served after",
            $"{found.TotalSeconds:F1} / {served.TotalSeconds:F1} s"
        );
        Figure("kill -9 of two silos of three: longest call", $"{load.Results.Max(result => result.Took).TotalSeconds:F1} s");
        AllSucceeded(load.Results.Where(result => result.IsRead));
        Assert.All(load.Results.Where(result => !result.Succeeded), result => Assert.Equal("outcome_unknown", result.Reason));
        Assert.InRange(found, TimeSpan.Zero, TimeSpan.FromSeconds(15));
    }

    [ProcessFact]
    public async Task A_silo_that_stands_still_for_five_seconds_under_load_stays_in_the_cluster()
    {
        await using var view = await ClusterView.ConnectAsync(Cluster);
        var accounts = await Balancer.SignInAsync($"still{Guid.NewGuid().ToString("N")[..4]}x", 30);
        await using var load = new SteadyLoad(Balancer, accounts, workers: 8);
        await load.UntilMoreAsync(100);

        Cluster.Signal("silo2", "STOP");
        var stoppedAt = TimeProvider.System.GetTimestamp();
        await Eventually.TrueAsync("the pause is over", Pause * 2, () =>
            Task.FromResult(TimeProvider.System.GetElapsedTime(stoppedAt) >= Pause)
        );
        Cluster.Signal("silo2", "CONT");
        await load.UntilMoreAsync(200);
        await load.StopAsync();

        // A silo that finds itself declared dead ends its process.
        Assert.True(Cluster.Running("silo2"));
        Assert.Equal(ClusterProcesses.Silos, await view.AliveAsync());
        AllSucceeded(load.Results);
        Figure("SIGSTOP of a silo for 5 s: longest call", $"{load.Results.Max(result => result.Took).TotalSeconds:F1} s");
    }

    [ProcessFact]
    public async Task A_cluster_whose_silos_have_all_died_tells_callers_to_come_again_and_serves_them_soon_after_its_start()
    {
        var accounts = await Balancer.SignInAsync($"all{Guid.NewGuid().ToString("N")[..4]}x", 30);
        await using var load = new SteadyLoad(Balancer, accounts, workers: 8);
        await load.UntilMoreAsync(100);

        await Cluster.KillAsync(ClusterProcesses.Silos);
        await Cluster.StartAsync("silo1");
        var ready = TimeProvider.System.GetTimestamp();
        await Eventually.TrueAsync("every account is served", TimeSpan.FromSeconds(30), async () =>
            (await Task.WhenAll(accounts.Select(account => Balancer.ReadAsync(account)))).All(result => result.Succeeded)
        );
        var served = TimeProvider.System.GetElapsedTime(ready);
        await Cluster.StartAsync("silo2", "silo3");
        await load.UntilMoreAsync(100);
        await load.StopAsync();

        Figure("kill -9 of all silos: every account served after the first silo's readiness", $"{served.TotalSeconds:F1} s");
        var reasons = load.Results.Where(result => !result.Succeeded).GroupBy(result => $"{result.Status} {result.Reason}").ToList();
        Figure("kill -9 of all silos, refusals", string.Join(", ", reasons.Select(reason => $"{reason.Count()} x {reason.Key}")));
        Assert.All(load.Results.Where(result => !result.Succeeded), result =>
            Assert.Contains((result.Status, result.Reason), new (int, string?)[] { (503, "node_lost"), (504, "outcome_unknown") })
        );
        Assert.InRange(served, TimeSpan.Zero, TimeSpan.FromSeconds(15));
    }
}
