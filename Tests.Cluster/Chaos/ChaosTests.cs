using System.Globalization;
using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Chaos;

/// <summary>
/// Faults under load, and what must hold through all of them. CHAOS_SEEDS=3 runs each alone three times, with CHAOS_ONLY=NAME only that
/// one; CHAOS_MINUTES=60 runs them at random, alone and in pairs, for an hour; CHAOS_SEED=N begins with another seed.
/// </summary>
public sealed class ChaosTests(ClusterProcesses cluster, ITestOutputHelper output) : ProcessTest(cluster, output)
{
    // Those that no other test inflicts under load, within two minutes.
    private static readonly string[] Quick =
    [
        "kill-front-end",
        "kill-database",
        "no-connections-left",
        "x-loses-answers",
        ChaosFault.LostTokenAnswers,
    ];

    [ProcessFact]
    public async Task Nothing_is_doubled_lost_or_told_wrongly_whatever_breaks()
    {
        var seed = int.Parse(Setting("CHAOS_SEED") ?? "1", CultureInfo.InvariantCulture);
        List<ChaosResult> results = [];
        foreach (var faults in Plan(new Random(seed)))
        {
            results.Add(await ChaosRound.RunAsync(new(Cluster, X, new Random(seed)), Balancer, faults, seed));
            Print(results[^1].ToString());
            await File.AppendAllLinesAsync(Path.Combine(Cluster.Home, "chaos.log"), [results[^1].ToString(), .. results[^1].Finds]);
            seed++;
        }

        Assert.Empty(results.SelectMany(result => result.Finds.Select(find => $"{result.Faults}, seed {result.Seed}: {find}")));
    }

    private static IEnumerable<IReadOnlyList<ChaosFault>> Plan(Random random)
    {
        var only = Setting("CHAOS_ONLY");
        if ((Setting("CHAOS_SEEDS") ?? (only is null ? null : "1")) is { } seeds)
        {
            IReadOnlyList<ChaosFault> alone = only is null ? ChaosFault.All : [Named(only)];
            return alone.SelectMany(fault =>
                Enumerable.Repeat((IReadOnlyList<ChaosFault>)[fault], int.Parse(seeds, CultureInfo.InvariantCulture))
            );
        }

        if (Setting("CHAOS_MINUTES") is { } minutes)
            return AtRandom(random, TimeSpan.FromMinutes(double.Parse(minutes, CultureInfo.InvariantCulture)));
        return [.. Quick.Select(name => (IReadOnlyList<ChaosFault>)[Named(name)]), [Named("kill-silo"), Named("x-unavailable")]];
    }

    private static IEnumerable<IReadOnlyList<ChaosFault>> AtRandom(Random random, TimeSpan time)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < time)
        {
            ChaosFault[] shuffled = [.. ChaosFault.All];
            random.Shuffle(shuffled);
            yield return shuffled[..random.Next(1, 3)];
        }
    }

    private static ChaosFault Named(string name) =>
        ChaosFault.All.SingleOrDefault(fault => fault.Name == name)
        ?? throw new ArgumentException(
            $"There is no fault '{name}'. There are: {string.Join(", ", ChaosFault.All.Select(fault => fault.Name))}.",
            nameof(name)
        );

    private static string? Setting(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
