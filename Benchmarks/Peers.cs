using System.CommandLine;

namespace OrleansTwitterProxy.Benchmarks;

/// <summary>
/// What a forwarded call costs beside other proxies. All contenders run at the same time and take the same load in turns. The ratios of one
/// round are compared, for the machine changes from round to round.
/// </summary>
internal static class Peers
{
    private const int Accounts = 8;

    public static Command Command()
    {
        var rounds = new Option<int>("--rounds") { Description = "Rounds; each measures every contender.", DefaultValueFactory = _ => 5 };
        var seconds = new Option<double>("--seconds")
        {
            Description = "Seconds of each of the two measurements of a contender in a round: as fast as possible, and at a constant rate.",
            DefaultValueFactory = _ => 2,
        };
        var connections = new Option<int>("--connections")
        {
            Description = "Connections, each with one call at a time.",
            DefaultValueFactory = _ => 32,
        };
        var rate = new Option<int>("--rate") { Description = "Calls per second at which times are taken.", DefaultValueFactory = _ => 200 };
        var only = new Option<string[]>("--only")
        {
            Description = "Leaves out all other contenders.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => PeersField.Names,
        };
        only.AcceptOnlyFromAmong(PeersField.Names);
        var command = new Command("peers", "Compares the proxy to nginx, HAProxy, YARP and no proxy.")
        {
            rounds,
            seconds,
            connections,
            rate,
            only,
        };
        command.SetAction(
            (result, cancellationToken) =>
                RunAsync(
                    result.GetValue(rounds),
                    new()
                    {
                        Seconds = result.GetValue(seconds),
                        Connections = result.GetValue(connections),
                        PerSecond = result.GetValue(rate),
                    },
                    result.GetValue(only)!,
                    cancellationToken
                )
        );
        return command;
    }

    private static async Task<int> RunAsync(int rounds, LoadOrder order, string[] only, CancellationToken cancellationToken)
    {
        try
        {
            await using var field = await PeersField.StartAsync(only, Accounts, Tell, cancellationToken);
            var runs = field.Contenders.Select(contender => new PeersRun(contender, field, order)).ToArray();
            if (runs.Length == 0)
                throw new PeersException(string.Join('\n', field.Missing));
            for (var round = 0; round <= rounds; round++)
            {
                for (var i = 0; i < runs.Length; i++)
                {
                    // Another one is first each time: what one heats up, no other must always gain by.
                    var run = runs[(i + round) % runs.Length];
                    Tell($"{(round == 0 ? "warm-up" : $"round {round} of {rounds}")}: {run.Contender.Name}");
                    if (round == 0)
                        await run.WarmUpAsync(cancellationToken);
                    else
                        await run.MeasureAsync(cancellationToken);
                }
            }

            Tell("");
            PeersTable.Write(Console.Out, runs, order);
            foreach (var line in field.Missing)
                Console.WriteLine(line);
            return 0;
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested || e is PeersException)
        {
            Tell("");
            await Console.Error.WriteLineAsync(cancellationToken.IsCancellationRequested ? "Cancelled." : e.Message);
            return 1;
        }
    }

    // One line that changes; in a file, a line each.
    private static void Tell(string progress)
    {
        if (!Console.IsErrorRedirected)
            Console.Error.Write($"\r{progress, -60}\r");
        else if (progress.Length > 0)
            Console.Error.WriteLine(progress);
    }
}

/// <summary>The run cannot go on; the message says why.</summary>
internal sealed class PeersException(string message) : Exception(message);
