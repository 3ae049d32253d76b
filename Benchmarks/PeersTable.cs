using System.Globalization;

namespace OrleansTwitterProxy.Benchmarks;

/// <summary>The result as a table in Markdown.</summary>
internal static class PeersTable
{
    public static void Write(TextWriter output, IReadOnlyList<PeersRun> runs, LoadOrder order)
    {
        var (yarp, nginx) = (Named(PeersField.Yarp), Named(PeersField.Nginx));
        output.WriteLine(
            $"| contender | calls/s | of YARP's (range) | of nginx's (range) | p50 at {order.PerSecond}/s | p99 | CPU a call | allocated a call | memory |"
        );
        output.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var run in runs)
        {
            int[] times = [.. run.Times.Order()];
            string[] cells =
            [
                run.Contender.Title,
                Number($"{Median(run.Rounds.Select(round => round.PerSecond)):0}"),
                Ratio(run, yarp),
                Ratio(run, nginx),
                Milliseconds(times, 0.5),
                Milliseconds(times, 0.99),
                run.Contender.Processes.Count == 0 ? "" : Microseconds(run, round => round.Cpu),
                run.Rounds[0].Allocated is null
                    ? ""
                    : Number($"{Median(run.Rounds.Select(round => round.Allocated!.Value)) / 1000:0.0} KB"),
                run.Contender.Processes.Count == 0 ? "" : $"{run.Memory >> 20} MiB",
            ];
            output.WriteLine($"| {string.Join(" | ", cells)} |");
        }

        output.WriteLine();
        output.WriteLine(
            $"Medians of {runs[0].Rounds.Count} rounds, {order.Connections} connections, {Environment.ProcessorCount} processors. "
                + $"Beside it, each call costs the load {Range(runs, round => round.LoadCpu)} and the origin {Range(runs, round => round.OriginCpu)} of CPU time."
        );

        PeersRun? Named(string name) => runs.FirstOrDefault(run => run.Contender.Name == name);
    }

    // Round by round, against the other in the same round.
    private static string Ratio(PeersRun run, PeersRun? other)
    {
        if (other is null)
            return "";
        var ratios = run.Rounds.Zip(other.Rounds, (mine, others) => mine.PerSecond / others.PerSecond).ToArray();
        return run == other ? "1" : Number($"{Median(ratios):0.00} ({ratios.Min():0.00}-{ratios.Max():0.00})");
    }

    private static string Microseconds(PeersRun run, Func<PeersFigures, TimeSpan> cpu) =>
        Number($"{Median(run.Rounds.Select(round => cpu(round).TotalMicroseconds)):0} us");

    private static string Range(IReadOnlyList<PeersRun> runs, Func<PeersFigures, TimeSpan> cpu)
    {
        var medians = runs.Select(run => Median(run.Rounds.Select(round => cpu(round).TotalMicroseconds))).ToArray();
        return Number($"{medians.Min():0} to {medians.Max():0} us");
    }

    private static string Milliseconds(int[] sorted, double share) => Number($"{sorted[(int)(sorted.Length * share)] / 1000.0:0.0} ms");

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
