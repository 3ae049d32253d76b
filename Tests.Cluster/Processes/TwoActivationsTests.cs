using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Processes;

public sealed class TwoActivationsTests(ClusterProcesses cluster, ITestOutputHelper output) : ProcessTest(cluster, output)
{
    [ProcessFact]
    public async Task A_silo_that_comes_back_from_the_dead_cannot_spend_the_refresh_token_again()
    {
        await using var view = await ClusterView.ConnectAsync(Cluster);
        var account = await Balancer.SignInAsync($"twice{Guid.NewGuid().ToString("N")[..6]}");
        AllSucceeded([await Balancer.ReadAsync(account)]);
        var frozen = (await view.HostOfAsync(account))!;
        var replaysBefore = (await X.SeenAsync()).Replays;

        // The first activation is frozen with X's 401 in its hands: the next thing it does is to refresh.
        await X.ExpireTokensAsync(account.Name);
        var held = await X.AddFaultAsync(
            new
            {
                endpoint = "GET /2/users/{id}",
                account = account.Name,
                stall = true,
                times = 1,
            }
        );
        var call = Balancer.ReadAsync(account);
        await X.UntilHitAsync(held);
        Cluster.Signal(frozen, "STOP");
        await X.ClearFaultsAsync();

        // The others give it up; the call is repeated on the second activation, which refreshes.
        var result = await call;
        AllSucceeded([result]);
        Figure("A call on a silo that froze was served by another after", $"{result.Took.TotalSeconds:F1} s");
        Assert.NotEqual(frozen, await view.HostOfAsync(account));
        Assert.Equal(1, (await X.SeenAsync()).RefreshesOf(account.Name));

        // The first wakes up with a record that is stale.
        Cluster.Signal(frozen, "CONT");
        await Eventually.TrueAsync("the silo that was given up has left", TimeSpan.FromSeconds(30), () =>
            Task.FromResult(!Cluster.Running(frozen))
        );
        var seen = await X.SeenAsync();
        Figure(
            "Two activations: refreshes / attempts / replays",
            $"{seen.RefreshesOf(account.Name)} / {seen.RefreshAttemptsOf(account.Name)} / {seen.Replays - replaysBefore}"
        );
        Assert.Equal((1, 1, 0), (seen.RefreshesOf(account.Name), seen.RefreshAttemptsOf(account.Name), seen.Replays - replaysBefore));
        AllSucceeded(await ReadAtOnceAsync(account));
    }
}
