using System.CommandLine;
using System.Globalization;
using OrleansTwitterProxy.Core.Clients;

namespace OrleansTwitterProxy.Benchmarks;

/// <summary>
/// One client sends far more calls than may wait. Measures the effect on another client of the same account, and on another account.
/// </summary>
internal static class Flood
{
    private const string Flooded = "/2/users/by/username/xdevelopers";
    private const string Others = "/2/users/me";
    private const int WarmUps = 3; // until the JIT has compiled everything
    private const int Waiting = 1000; // a client's share of the places in an account's line

    public static Command Command()
    {
        var calls = new Option<int>("--calls") { Description = "Calls that the client sends at once.", DefaultValueFactory = _ => 10_000 };
        var connections = new Option<int>("--connections")
        {
            Description = "Connections of that client. Each waiting call uses one.",
            DefaultValueFactory = _ => Waiting + 100,
        };
        var rate = new Option<int>("--rate") { Description = "Calls per second of each other caller.", DefaultValueFactory = _ => 100 };
        var rounds = new Option<int>("--rounds")
        {
            Description = "Number of rounds; each measures first without and then with the flood.",
            DefaultValueFactory = _ => 5,
        };
        var wait = new Option<int>("--wait")
        {
            Description = "Seconds that each call may wait; 0: all are refused at once.",
            DefaultValueFactory = _ => 300,
        };
        var page = new Option<bool>("--page")
        {
            Description = "Floods a page that does nothing (/healthz/live) instead, to show the costs that are not the queue's.",
        };
        var command = new Command("flood", "One client sends 10,000 calls at once.") { calls, connections, rate, rounds, wait, page };
        command.SetAction(
            (result, _) =>
                RunAsync(
                    [
                        $"{result.GetValue(calls)}",
                        $"{result.GetValue(connections)}",
                        $"{result.GetValue(wait)}",
                        result.GetValue(page) ? "/healthz/live" : Flooded,
                    ],
                    result.GetValue(rate),
                    result.GetValue(rounds)
                )
        );
        return command;
    }

    public static Command LoadCommand()
    {
        var (proxy, token) = (new Argument<string>("proxy"), new Argument<string>("token"));
        var (calls, connections, wait, path) = (
            new Argument<int>("calls"),
            new Argument<int>("connections"),
            new Argument<int>("wait"),
            new Argument<string>("path")
        );
        var command = new Command("flood-load") { Hidden = true, Arguments = { proxy, token, calls, connections, wait, path } };
        command.SetAction(
            (result, _) =>
                LoadAsync(
                    new(result.GetRequiredValue(proxy)),
                    result.GetRequiredValue(token),
                    result.GetValue(calls),
                    result.GetValue(connections),
                    result.GetValue(wait),
                    result.GetRequiredValue(path)
                )
        );
        return command;
    }

    private static async Task<int> RunAsync(string[] flood, int rate, int rounds)
    {
        await using var world = await World.StartAsync(
            "--Clients:greedy:ApiKeys:0",
            ApiKey.Hash("greedy"),
            "--Clients:modest:ApiKeys:0",
            ApiKey.Hash("modest")
        );
        var greedy = await world.SignInAsync("alice", "greedy");
        using var sameAccount = World.Client(world.Proxy, await world.SignInAsync("alice", "modest"));
        using var sameClient = World.Client(world.Proxy, await world.SignInAsync("bob", "greedy"));
        await CloseWindowAsync(world, greedy);
        var (before, during) = (new PairOfTimes([], []), new PairOfTimes([], []));
        var memory = world.ProxyMemory;
        for (var round = 1 - WarmUps; round <= rounds; round++)
        {
            Console.Error.Write(round < 1 ? "warming up" : $"round {round} of {rounds}");
            // The waiting calls leave, which causes load too.
            await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, CancellationToken.None);
            var quiet = await CallAsync(Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System, CancellationToken.None));
            using var load = LoadProcess.Start(["flood-load", world.Proxy.ToString(), greedy, .. flood]);
            await load.ReadAsync();
            var started = TimeProvider.System.GetTimestamp();
            await load.GoAsync();
            var through = load.ReadAsync();
            var flooded = await CallAsync(through);
            Console.Error.WriteLine($": {await through} in {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0.0} s");
            if (round < 1)
                continue;
            before.Add(quiet);
            during.Add(flooded);
        }

        Console.WriteLine($"another client, the same account, before: {SteadyCalls.Describe(before.One)}");
        Console.WriteLine($"another client, the same account, during: {SteadyCalls.Describe(during.One, before.One)}");
        Console.WriteLine($"another account, the same client, before: {SteadyCalls.Describe(before.Other)}");
        Console.WriteLine($"another account, the same client, during: {SteadyCalls.Describe(during.Other, before.Other)}");
        Console.WriteLine($"memory of the proxy: {memory} MiB before, {world.ProxyMemory} MiB after");
        return 0;

        Task<PairOfTimes> CallAsync(Task end) => SteadyCalls.RunBothAsync((sameAccount, Others), (sameClient, Others), rate, end);
    }

    // X refuses one call with a reset in five minutes: from then on calls wait.
    private static async Task CloseWindowAsync(World world, string sessionToken)
    {
        await world.AddFaultAsync(
            new
            {
                endpoint = "GET /2/users/by/username/{username}",
                variant = "rate_limited",
                times = 1,
                headers = new Dictionary<string, string>
                {
                    ["x-rate-limit-limit"] = "100000",
                    ["x-rate-limit-reset"] = TimeProvider
                        .System.GetUtcNow()
                        .AddMinutes(5)
                        .ToUnixTimeSeconds()
                        .ToString(CultureInfo.InvariantCulture),
                },
            }
        );
        using var http = World.Client(world.Proxy, sessionToken);
        using var refused = await http.GetAsync(Flooded);
    }

    private static async Task<int> LoadAsync(Uri proxy, string token, int calls, int connections, int wait, string path)
    {
        var waiting = path == Flooded && wait > 0 ? Waiting : 0;
        using var http = World.Client(proxy, token, connections);
        Console.WriteLine("ready");
        await Console.In.ReadLineAsync();
        var answered = 0;
        await Task.WhenAll(
            Enumerable
                .Range(0, calls)
                .Select(async _ =>
                {
                    using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Prefer", $"wait={wait}" } } };
                    using var answer = await http.SendAsync(request);
                    if (Interlocked.Increment(ref answered) == calls - waiting)
                        Console.WriteLine($"{calls - waiting} answered {(int)answer.StatusCode}, {waiting} wait");
                })
        );
        return 0;
    }
}
