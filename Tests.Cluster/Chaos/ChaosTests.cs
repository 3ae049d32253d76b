using System.Globalization;
using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Chaos;

/// <summary>
/// Faults under load, and what must hold through all of them. CHAOS_SEEDS=3 runs each alone three times, CHAOS_MINUTES=60 runs them at
/// random, alone and in pairs, for an hour; CHAOS_ONLY=NAME,NAME takes only these; CHAOS_SEED=N begins with another seed.
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

    private const double MaxMemoryGrowth = 0.05;

    [ProcessFact]
    public async Task Nothing_is_doubled_lost_or_told_wrongly_whatever_breaks()
    {
        var seed = int.Parse(Setting("CHAOS_SEED") ?? "1", CultureInfo.InvariantCulture);
        var asked = Setting("CHAOS_ONLY")?.Split(',').Select(Named).ToList() ?? ChaosFault.All;
        foreach (var fault in asked.Where(fault => fault.Missing is not null))
            Print($"Left out: {fault.Name}: {fault.Missing}.");
        List<ChaosResult> results = [];
        foreach (var faults in Plan(new Random(seed), [.. asked.Where(fault => fault.Missing is null)]))
        {
            results.Add(await ChaosRound.RunAsync(new(Cluster, X, new Random(seed)), Balancer, faults, seed));
            Print(results[^1].ToString());
            await File.AppendAllLinesAsync(Path.Combine(Cluster.Home, "chaos.log"), [results[^1].ToString(), .. results[^1].Finds]);
            seed++;
        }

        Assert.Empty(results.SelectMany(result => result.Finds.Select(find => $"{result.Faults}, seed {result.Seed}: {find}")));
        // Of faults in turn, each lives with what the one before has left running.
        if (Setting("CHAOS_MINUTES") is not null && MemoryGrowth(results) is { } growth)
        {
            Print($"Memory, from the second quarter to the last: {growth:P1}");
            Assert.InRange(growth, -1, MaxMemoryGrowth);
        }
    }

    private static IEnumerable<IReadOnlyList<ChaosFault>> Plan(Random random, IReadOnlyList<ChaosFault> faults)
    {
        if (Setting("CHAOS_MINUTES") is { } minutes)
            return AtRandom(random, faults, TimeSpan.FromMinutes(double.Parse(minutes, CultureInfo.InvariantCulture)));
        if (Setting("CHAOS_SEEDS") is null && Setting("CHAOS_ONLY") is null)
            return [.. Quick.Select(name => (IReadOnlyList<ChaosFault>)[Named(name)]), [Named("kill-silo"), Named("x-unavailable")]];
        var seeds = int.Parse(Setting("CHAOS_SEEDS") ?? "1", CultureInfo.InvariantCulture);
        return faults.SelectMany(fault => Enumerable.Repeat((IReadOnlyList<ChaosFault>)[fault], seeds));
    }

    private static IEnumerable<IReadOnlyList<ChaosFault>> AtRandom(Random random, IReadOnlyList<ChaosFault> faults, TimeSpan time)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < time)
        {
            ChaosFault[] shuffled = [.. faults];
            random.Shuffle(shuffled);
            yield return shuffled[..Math.Min(random.Next(1, 3), shuffled.Length)];
        }
    }

    /// <summary>From the second quarter's median to the last's; null where there are too few rounds to tell.</summary>
    private static double? MemoryGrowth(List<ChaosResult> results)
    {
        var quarter = results.Count / 4;
        return quarter < 5 ? null : Median(results.Skip(3 * quarter)) / Median(results.Skip(quarter).Take(quarter)) - 1;

        static double Median(IEnumerable<ChaosResult> some) => some.Select(result => result.Memory).Order().ElementAt(some.Count() / 2);
    }

    private static ChaosFault Named(string name) =>
        ChaosFault.All.SingleOrDefault(fault => fault.Name == name)
        ?? throw new ArgumentException(
            $"There is no fault '{name}'. There are: {string.Join(", ", ChaosFault.All.Select(fault => fault.Name))}.",
            nameof(name)
        );
}
