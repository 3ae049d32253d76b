using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Processes;

public sealed class KilledFrontEndTests(ClusterProcesses cluster, ITestOutputHelper output) : ProcessTest(cluster, output)
{
    private const int Workers = 12;

    [ProcessFact]
    public async Task A_kill_of_a_front_end_breaks_the_calls_it_had_in_hand_and_no_other()
    {
        var accounts = await Balancer.SignInAsync($"front{Guid.NewGuid().ToString("N")[..4]}x", 20);
        await using var load = new SteadyLoad(Balancer, accounts, Workers);
        await load.UntilMoreAsync(300);

        await Cluster.KillAsync("api1");
        var killedAt = TimeProvider.System.GetUtcNow();
        await load.UntilMoreAsync(300);
        await load.StopAsync();

        var results = load.Results.ToList();
        var broken = results.Where(result => !result.Succeeded).ToList();
        var posts = (await X.SeenAsync()).Posts;
        Figure(
            "kill -9 of a front end under load: calls / broken off",
            $"{results.Count} / {broken.Count}, {broken.Count(result => !result.IsRead)} of them writes"
        );
        Assert.All(broken, result => Assert.Equal(0, result.Status)); // a connection that broke, and no false answer
        Assert.All(broken, result => Assert.InRange(result.StartedAt, DateTimeOffset.MinValue, killedAt));
        Assert.InRange(broken.Count, 0, Workers);
        Assert.All(load.Writes.Where(write => write.Value.Succeeded), write => Assert.Equal(1, posts.GetValueOrDefault(write.Key)));
        Assert.All(load.Writes.Keys, text => Assert.InRange(posts.GetValueOrDefault(text), 0, 1));
        // Every session is served by the other.
        AllSucceeded(await Task.WhenAll(accounts.Select(account => Balancer.ReadAsync(account, frontEnd: 1))));
    }
}
