using System.CommandLine;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace OrleansTwitterProxy.Benchmarks;

/// <summary>
/// What it costs to be seen: two proxies, one with metrics and traces and one without, take the same load in turns. The shares of one run
/// are compared, for the machine changes from run to run.
/// </summary>
internal static class Telemetry
{
    private const string Path = "/2/users/me";

    public static Command Command()
    {
        var rounds = new Option<int>("--rounds") { Description = "Rounds; each measures both proxies.", DefaultValueFactory = _ => 7 };
        var seconds = new Option<int>("--seconds") { Description = "Seconds of load on each.", DefaultValueFactory = _ => 5 };
        var callers = new Option<int>("--callers")
        {
            Description = "Callers, each with one call at a time.",
            DefaultValueFactory = _ => 32,
        };
        var command = new Command("telemetry", "Compares a proxy with metrics, traces and activity to one without.")
        {
            rounds,
            seconds,
            callers,
        };
        command.SetAction(
            (result, _) => RunAsync(result.GetValue(rounds), TimeSpan.FromSeconds(result.GetValue(seconds)), result.GetValue(callers))
        );
        return command;
    }

    private static async Task<int> RunAsync(int rounds, TimeSpan time, int callers)
    {
        await using var collector = await StartCollectorAsync();
        await using var seen = await World.StartAsync(
            "--OTEL_EXPORTER_OTLP_ENDPOINT",
            collector.Urls.First(),
            "--OTEL_EXPORTER_OTLP_PROTOCOL",
            "http/protobuf"
        );
        await using var unseen = await World.StartAsync("--Telemetry:Metrics", "false", "--Activity:Enabled", "false");
        var (withIt, without) = (await LoadAsync(seen), await LoadAsync(unseen));
        List<(double Calls, double Cpu)> shares = [];
        for (var round = 0; round <= rounds; round++)
        {
            // In turns, and each first every other time: what one heats up, the other must not gain by.
            var (first, second) = round % 2 == 0 ? (withIt, without) : (without, withIt);
            var (one, other) = (await first.RunAsync(time, callers), await second.RunAsync(time, callers));
            var (on, off) = round % 2 == 0 ? (one, other) : (other, one);
            Console.Error.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{(round == 0 ? "warm-up" : $"round {round}")}: {on.PerSecond:0} and {off.PerSecond:0} calls/s, {on.CpuPerCall:0} and {off.CpuPerCall:0} us of CPU a call"
                )
            );
            if (round > 0)
                shares.Add((on.PerSecond / off.PerSecond, on.CpuPerCall / off.CpuPerCall));
        }

        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"with metrics, traces and activity: {Median(shares.Select(share => share.Calls)):0.000} of the calls/s without, {Median(shares.Select(share => share.Cpu)):0.000} of the CPU a call (medians of {rounds} rounds)"
            )
        );
        Console.WriteLine($"memory: {seen.ProxyMemory} and {unseen.ProxyMemory} MiB");
        return 0;
    }

    private static async Task<Load> LoadAsync(World world) => new(world, World.Client(world.Proxy, await world.SignInAsync("alice"), 256));

    // It reads what it is sent and keeps nothing.
    private static async Task<WebApplication> StartCollectorAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/v1/{signal}", static context => context.Request.Body.CopyToAsync(Stream.Null));
        await app.StartAsync();
        return app;
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private sealed record Load(World World, HttpClient Http)
    {
        /// <returns>Calls a second, and the proxy's CPU time for a call, in microseconds.</returns>
        public async Task<(double PerSecond, double CpuPerCall)> RunAsync(TimeSpan time, int callers)
        {
            var calls = 0;
            var (started, cpu) = (TimeProvider.System.GetTimestamp(), Cpu());
            await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(CallAsync)));
            var took = TimeProvider.System.GetElapsedTime(started);
            return (calls / took.TotalSeconds, (Cpu() - cpu).TotalMicroseconds / calls);

            async Task CallAsync()
            {
                while (TimeProvider.System.GetElapsedTime(started) < time)
                {
                    using var answer = await Http.GetAsync(Path);
                    answer.EnsureSuccessStatusCode();
                    Interlocked.Increment(ref calls);
                }
            }
        }

        private TimeSpan Cpu()
        {
            World.ProxyProcess.Refresh();
            return World.ProxyProcess.TotalProcessorTime;
        }
    }
}
