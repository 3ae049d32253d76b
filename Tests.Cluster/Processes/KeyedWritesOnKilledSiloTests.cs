using System.Globalization;
using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Processes;

/// <summary>
/// Posts with keys while X loses answers and fails and two silos are killed: each text once. A full run: EXACTLY_ONCE_POSTS=20000.
/// </summary>
public sealed class KeyedWritesOnKilledSiloTests(ClusterProcesses cluster, ITestOutputHelper output) : ProcessTest(cluster, output)
{
    private static readonly int Texts = int.Parse(
        Environment.GetEnvironmentVariable("EXACTLY_ONCE_POSTS") ?? "1000",
        CultureInfo.InvariantCulture
    );

    [ProcessFact]
    public async Task Each_text_is_posted_once_though_answers_are_lost_and_two_silos_are_killed()
    {
        var accounts = await Balancer.SignInAsync($"keyed{Guid.NewGuid().ToString("N")[..4]}x", 20);
        await X.StateAmpleLimitsAsync(); // else the published 10,000 posts a day count
        var lost = await X.AddFaultAsync(
            new
            {
                endpoint = "POST /2/tweets",
                lost_response = true,
                ratio = 0.10,
                seed = 1,
            }
        );
        var failed = await X.AddFaultAsync(
            new
            {
                endpoint = "POST /2/tweets",
                variant = "unavailable_json",
                ratio = 0.05 / 0.90,
                seed = 2,
            }
        );
        var turn = 0;
        using var load = new KeyedLoad(
            () => Cluster.FrontEnds[Interlocked.Increment(ref turn) % Cluster.FrontEnds.Count],
            [.. accounts.Select(account => account.Token)],
            Texts
        );
        var started = TimeProvider.System.GetTimestamp();
        var run = load.RunAsync();
        foreach (var (silo, third) in (IEnumerable<(string, int)>)[("silo1", 1), ("silo2", 2)])
        {
            await Task.WhenAny(load.UntilAsync(Texts * third / 3), run);
            await Cluster.KillAsync(silo);
            await Cluster.StartAsync(silo);
        }

        await run;

        var posts = (await X.SeenAsync()).Posts;
        Figure(
            "exactly once: texts, time, lost answers, 503s",
            $"{Texts} in {TimeProvider.System.GetElapsedTime(started).TotalSeconds:F0} s, {await X.HitsAsync(lost)}, {await X.HitsAsync(failed)}; two silos killed"
        );
        Figure("exactly once: answers", load.Answers);
        Figure(
            "exactly once: posted twice or more, never, ids told twice",
            $"{load.Texts.Count(text => posts.GetValueOrDefault(text) > 1)}, {load.Texts.Count(text => !posts.ContainsKey(text))}, {Texts - load.Ids.Values.Distinct().Count()}"
        );
        Assert.All(load.Texts, text => Assert.Equal(1, posts.GetValueOrDefault(text)));
        Assert.Equal(Texts, load.Ids.Values.Distinct().Count());
    }
}
