using System.Globalization;
using System.Net;
using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Processes;

public sealed class DatabaseOutageTests(ClusterProcesses cluster, ITestOutputHelper output) : ProcessTest(cluster, output)
{
    // OUTAGE_MINUTES=10 makes it longer.
    private static readonly TimeSpan Outage = TimeSpan.FromMinutes(
        double.Parse(Setting("OUTAGE_MINUTES") ?? "0.5", CultureInfo.InvariantCulture)
    );
    private const int MaxLogLines = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    [ProcessFact]
    public async Task PostgreSQL_away_for_a_while_loses_no_token_and_signs_nobody_out()
    {
        await using var view = await ClusterView.ConnectAsync(Cluster);
        var name = Guid.NewGuid().ToString("N")[..4];
        var accounts = await Balancer.SignInAsync($"outage{name}x", 20);
        var due = await Balancer.SignInAsync($"due{name}"); // its token ends while the database is away
        AllSucceeded([await Balancer.ReadAsync(due)]);
        var pids = ClusterProcesses.Silos.Select(Cluster.ProcessId).ToList();
        await using var load = new SteadyLoad(Balancer, accounts, workers: 8);
        await load.UntilMoreAsync(100);

        await Cluster.StopAsync("postgres");
        var before = Cluster.LogLines();
        var awayAt = TimeProvider.System.GetUtcNow();
        await X.ExpireTokensAsync(due.Name);
        List<CallResult> dueCalls = [];
        await Eventually.TrueAsync("the outage is over", Outage * 2, async () =>
        {
            dueCalls.Add(await Balancer.ReadAsync(due));
            return TimeProvider.System.GetUtcNow() - awayAt > Outage;
        });
        Assert.Equal(0, (await X.SeenAsync()).RefreshAttemptsOf(due.Name)); // no token is spent that could not be saved
        await Cluster.StartAsync("postgres");
        var back = TimeProvider.System.GetTimestamp();
        await Eventually.TrueAsync("the refresh that was due succeeds", TimeSpan.FromSeconds(20), async () =>
            (await Balancer.ReadAsync(due)).Succeeded
        );
        var recovered = TimeProvider.System.GetElapsedTime(back);
        await load.UntilMoreAsync(100);
        await load.StopAsync();
        var lines = Cluster.LogLines().ToDictionary(log => log.Key, log => log.Value - before[log.Key]);

        var results = load.Results.ToList();
        var reasons = results
            .Concat(dueCalls)
            .Where(result => !result.Succeeded)
            .GroupBy(result => $"{result.Status} {result.Reason}")
            .ToDictionary(group => group.Key, group => group.Count());
        Figure(
            "PostgreSQL away",
            $"{Outage.TotalSeconds} s: {results.Count} calls of the load, {results.Count(result => !result.Succeeded)} failed; {dueCalls.Count} calls on a token that was due"
        );
        Figure("PostgreSQL away, refusals", string.Join(", ", reasons.Select(reason => $"{reason.Value} x {reason.Key}")));
        Figure("PostgreSQL away, lines in the logs", string.Join(", ", lines.Select(log => $"{log.Key} {log.Value}")));
        Figure("PostgreSQL back, the due refresh done after", $"{recovered.TotalSeconds:F1} s");
        Assert.All(lines, log => Assert.InRange(log.Value, 0, MaxLogLines));
        Assert.NotEmpty(dueCalls);
        Assert.All(results.Concat(dueCalls).Where(result => !result.Succeeded), result =>
            Assert.Equal((503, "storage_unavailable"), (result.Status, result.Reason))
        );
        Assert.Equal(pids, ClusterProcesses.Silos.Select(Cluster.ProcessId));
        Assert.All(ClusterProcesses.Silos, silo => Assert.True(Cluster.Running(silo), $"{silo} has died"));
        AllSucceeded(await Task.WhenAll(accounts.Select(account => Balancer.ReadAsync(account))));
        AllSucceeded([await Balancer.ReadAsync(await Balancer.SignInAsync($"after{name}"))]);
        var seen = await X.SeenAsync();
        Assert.Equal(1, seen.RefreshesOf(due.Name));
        Assert.Equal(ClusterProcesses.Silos, await view.AliveAsync());
    }

    [ProcessFact]
    public async Task PostgreSQL_that_stands_still_is_back_for_all_soon_after_and_fills_no_log()
    {
        var name = Guid.NewGuid().ToString("N")[..4];
        var accounts = await Balancer.SignInAsync($"frozen{name}x", 20);
        var before = Cluster.LogLines();
        await using var load = new SteadyLoad(Balancer, accounts, workers: 8);
        await load.UntilMoreAsync(100);

        Cluster.Signal("postgres", "STOP");
        var stoppedAt = TimeProvider.System.GetTimestamp();
        await Eventually.TrueAsync("the pause is over", Pause * 2, async () =>
        {
            var begun = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Balancer.BeginSignInAsync()));
            Assert.All(begun, response => Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode));
            return TimeProvider.System.GetElapsedTime(stoppedAt) > Pause;
        });
        Cluster.Signal("postgres", "CONT");
        var back = TimeProvider.System.GetTimestamp();
        await Eventually.TrueAsync("a user can sign in", TimeSpan.FromSeconds(30), async () =>
            (await Balancer.BeginSignInAsync()).IsSuccessStatusCode
        );
        var recovered = TimeProvider.System.GetElapsedTime(back);
        await load.UntilMoreAsync(100);
        await load.StopAsync();

        var lines = Cluster.LogLines().ToDictionary(log => log.Key, log => log.Value - before[log.Key]);
        Figure("PostgreSQL stood still for", $"{Pause.TotalSeconds} s; a user could sign in after {recovered.TotalSeconds:F1} s");
        Figure("PostgreSQL stood still, lines in the logs", string.Join(", ", lines.Select(log => $"{log.Key} {log.Value}")));
        Assert.All(load.Results.Where(result => !result.Succeeded), result =>
            Assert.Equal((503, "storage_unavailable"), (result.Status, result.Reason))
        );
        Assert.InRange(recovered, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.All(lines, log => Assert.InRange(log.Value, 0, 50));
        AllSucceeded(await Task.WhenAll(accounts.Select(account => Balancer.ReadAsync(account))));
    }
}
