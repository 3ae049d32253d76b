using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>
/// Checks a property on scripts drawn at random: numbers of which the test makes steps. The seed is printed; PROPERTY_SEED replays one.
/// </summary>
internal static class Properties
{
    public const string SeedVariable = "PROPERTY_SEED";

    /// <param name="output">Where the seed goes.</param>
    /// <param name="runs">How many scripts.</param>
    /// <param name="longest">About how many steps the longest has.</param>
    /// <param name="property">Throws when it does not hold. FsCheck then looks for the shortest script that fails.</param>
    public static void Hold(ITestOutputHelper output, int runs, int longest, Action<uint[]> property) =>
        Hold(output, runs, longest, Prop.ForAll(property));

    /// <summary>The same with steps of the test's own.</summary>
    public static void Hold<T>(ITestOutputHelper output, int runs, int longest, Gen<T> step, Action<T[]> property) =>
        Hold(output, runs, longest, Prop.ForAll(Arb.From(step.ArrayOf(), Shorter), property));

    private static void Hold(ITestOutputHelper output, int runs, int longest, Property property)
    {
        var seed = Environment.GetEnvironmentVariable(SeedVariable) is { Length: > 0 } given
            ? ulong.Parse(given, CultureInfo.InvariantCulture)
            : (ulong)System.Random.Shared.NextInt64();
        output.WriteLine($"{SeedVariable}={seed}");
        var config = Config
            .QuickThrowOnFailure.WithMaxTest(runs)
            .WithEndSize(longest)
            .WithReplay(FSharpOption<Replay>.Some(new(new Rnd(seed), FSharpOption<int>.None)));
        property.Check(config);
    }

    // Each half, then all but one.
    private static IEnumerable<T[]> Shorter<T>(T[] script)
    {
        if (script.Length > 1)
            yield return script[(script.Length / 2)..];
        if (script.Length > 1)
            yield return script[..(script.Length / 2)];
        for (var i = 0; i < script.Length; i++)
            yield return [.. script[..i], .. script[(i + 1)..]];
    }
}
