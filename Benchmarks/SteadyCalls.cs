using System.Globalization;

namespace OrleansTwitterProxy.Benchmarks;

/// <summary>Calls at a constant rate: a slow call does not delay the next one.</summary>
internal static class SteadyCalls
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(2);

    /// <returns>The time of each call that was due before the end, in milliseconds.</returns>
    private static async Task<List<double>> RunAsync(HttpClient http, string path, int perSecond, Task end)
    {
        var clock = TimeProvider.System;
        List<Task<double>> calls = [];
        using var timer = new PeriodicTimer(Tick);
        var started = clock.GetTimestamp();
        while (!end.IsCompleted)
        {
            await timer.WaitForNextTickAsync();
            var due = clock.GetElapsedTime(started).TotalSeconds * perSecond;
            while (calls.Count < due)
                calls.Add(CallAsync(http, path));
        }

        return [.. await Task.WhenAll(calls)];
    }

    /// <summary>Two kinds of calls side by side, each at this rate.</summary>
    public static async Task<PairOfTimes> RunBothAsync(
        (HttpClient Http, string Path) one,
        (HttpClient Http, string Path) other,
        int perSecond,
        Task end
    )
    {
        var (first, second) = (RunAsync(one.Http, one.Path, perSecond, end), RunAsync(other.Http, other.Path, perSecond, end));
        return new(await first, await second);
    }

    /// <returns>One line, times in milliseconds.</returns>
    public static string Describe(IEnumerable<double> times, IEnumerable<double>? alone = null)
    {
        double[] sorted = [.. times.Order()];
        var ratio = alone is null
            ? ""
            : string.Create(
                CultureInfo.InvariantCulture,
                $", p99 {At(sorted, 0.99) / At([.. alone.Order()], 0.99):0.0} times as long as before"
            );
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{sorted.Length} calls, p50 {At(sorted, 0.5):0.0} ms, p99 {At(sorted, 0.99):0.0} ms, worst {sorted[^1]:0.0} ms{ratio}"
        );
    }

    private static double At(double[] sorted, double share) => sorted[(int)(sorted.Length * share)];

    private static async Task<double> CallAsync(HttpClient http, string path)
    {
        var started = TimeProvider.System.GetTimestamp();
        using var answer = await http.GetAsync(path);
        answer.EnsureSuccessStatusCode();
        return TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;
    }
}

/// <summary>Times of two kinds of calls made side by side, in milliseconds.</summary>
internal sealed record PairOfTimes(List<double> One, List<double> Other)
{
    public void Add(PairOfTimes round)
    {
        One.AddRange(round.One);
        Other.AddRange(round.Other);
    }
}
