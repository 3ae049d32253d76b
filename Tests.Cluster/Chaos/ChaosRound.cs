using System.Globalization;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Chaos;

/// <summary>What a round showed.</summary>
/// <param name="Faults">The faults, alone or together.</param>
/// <param name="Seed">Repeats it.</param>
/// <param name="Calls">Calls during it.</param>
/// <param name="Answers">By kind.</param>
/// <param name="Recovered">From the end of the faults until every account was served.</param>
/// <param name="Memory">Of silos and front ends at its end, in MiB.</param>
/// <param name="Finds">What must not be; empty if all is well.</param>
internal sealed record ChaosResult(
    string Faults,
    int Seed,
    int Calls,
    string Answers,
    TimeSpan Recovered,
    long Memory,
    IReadOnlyList<string> Finds
)
{
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Faults}, seed {Seed}: {Calls} calls, recovered after {Recovered.TotalSeconds:F1} s, {Memory} MiB, {Finds.Count} finds; {Answers}"
        );
}

/// <summary>A load on fresh accounts, some faults, and what must hold whatever they are.</summary>
internal static class ChaosRound
{
    private const int Accounts = 30;
    private const int CallsBefore = 100;
    private static readonly TimeSpan MayTake = TimeSpan.FromMinutes(2);

    /// <summary>From the end of the last fault until every account is served: docs/chaos.md.</summary>
    private static readonly TimeSpan MaxRecovery = TimeSpan.FromSeconds(15);

    /// <param name="target">The cluster; its random numbers are the round's.</param>
    /// <param name="balancer">Where the calls go.</param>
    /// <param name="faults">At the same time, if several.</param>
    /// <param name="seed">Of <paramref name="target"/>'s random numbers.</param>
    public static async Task<ChaosResult> RunAsync(ChaosTarget target, LoadBalancer balancer, IReadOnlyList<ChaosFault> faults, int seed)
    {
        await target.Cluster.HealAsync(); // a silo that was declared dead may end some time after it was woken
        var accounts = await balancer.SignInAsync($"chaos{Guid.NewGuid().ToString("N")[..6]}x", Accounts);
        var replays = (await target.X.SeenAsync()).Replays;
        await using var load = new ChaosLoad(balancer, target.X, accounts, seed);
        await Eventually.TrueAsync("the load runs", MayTake, () => Task.FromResult(load.Calls >= CallsBefore));

        await Task.WhenAll(faults.Select(fault => fault.InflictAsync(target)));
        await target.Cluster.HealAsync(); // of two faults, one may have ended what the other had started

        var mayBeSignedOut = ChaosFault.MaySignOut(faults);
        var over = TimeProvider.System.GetTimestamp();
        await Eventually.TrueAsync("every account is served", MayTake, async () =>
        {
            var reads = await Task.WhenAll(accounts.Select(account => balancer.ReadAsync(account)));
            return reads.All(read => read.Succeeded || (mayBeSignedOut && read.Status is 401));
        });
        var recovered = TimeProvider.System.GetElapsedTime(over);

        List<string> finds = [.. await load.StopAsync()];
        var replayed = (await target.X.SeenAsync()).Replays - replays;
        if (!mayBeSignedOut && replayed > 0)
            finds.Add($"spent refresh tokens were sent again: {replayed}");
        if (!mayBeSignedOut && load.SignedOut > 0)
            finds.Add($"told to sign in again: {load.SignedOut}");
        if (recovered > MaxRecovery)
            finds.Add($"recovered after {recovered.TotalSeconds:F1} s");
        return new(
            string.Join(" + ", faults.Select(fault => fault.Name)),
            seed,
            load.Calls,
            load.Answers,
            recovered,
            target.Cluster.ResidentMemory(),
            finds
        );
    }
}
