using System.CommandLine;
using OrleansTwitterProxy.Fuzzing;

namespace OrleansTwitterProxy.Benchmarks;

/// <summary>Made-up requests to every route, with a failing X at times; see <see cref="FuzzRun"/>.</summary>
internal static class Fuzz
{
    public static Command Command()
    {
        var minutes = new Option<double>("--minutes") { Description = "How long.", DefaultValueFactory = _ => 10 };
        var seed = new Option<int?>("--seed") { Description = "What the requests are made from; default: a random one, which is printed." };
        var only = new Option<int?>("--only") { Description = "Sends only the request with this number, and prints it and its answer." };
        var cluster = new Option<bool>("--cluster")
        {
            Description = "Against PostgreSQL, three silos and two front ends, by deploy/cluster.",
        };
        var target = new Option<Uri?>("--target")
        {
            Description = "Against a running proxy whose X is the sandbox; log and memory are not checked.",
            CustomParser = given =>
            {
                if (Uri.TryCreate(given.Tokens[0].Value, UriKind.Absolute, out var url))
                    return url;
                given.AddError("--target: write a URL, such as http://127.0.0.1:5000.");
                return null;
            },
        };
        var apiKey = new Option<string>("--api-key") { Description = "The target's API key.", DefaultValueFactory = _ => "dev-key" };
        var adminKey = new Option<string>("--admin-key")
        {
            Description = "The target's admin key.",
            DefaultValueFactory = _ => "dev-admin",
        };
        var command = new Command("fuzz", "Sends made-up requests to every route; ends with 1 if the proxy answers what it should not.")
        {
            minutes,
            seed,
            only,
            cluster,
            target,
            apiKey,
            adminKey,
        };
        command.SetAction(
            async (result, _) =>
            {
                var options = new FuzzOptions
                {
                    Seed = result.GetValue(seed) ?? Random.Shared.Next(),
                    Duration = TimeSpan.FromMinutes(result.GetValue(minutes)),
                    Only = result.GetValue(only),
                };
                Console.WriteLine($"seed {options.Seed}");
                if (result.GetValue(target) is { } running)
                {
                    return await RunAsync(
                        new()
                        {
                            Proxies = [running],
                            ApiKey = result.GetValue(apiKey)!,
                            AdminKey = result.GetValue(adminKey)!,
                        },
                        options
                    );
                }

                if (result.GetValue(cluster))
                {
                    await using var many = await FuzzedCluster.StartAsync();
                    return await RunAsync(many.Subject, options);
                }

                await using var one = await FuzzedProcess.StartAsync();
                return await RunAsync(one.Subject, options);
            }
        );
        return command;
    }

    private static async Task<int> RunAsync(FuzzSubject subject, FuzzOptions options)
    {
        using var run = new FuzzRun(subject, options, Say);
        var report = await run.RunAsync();
        Console.WriteLine($"seed {options.Seed}: {report.Requests} requests, {report.Finds.Count} finds");
        return report.Finds.Count == 0 ? 0 : 1;
    }

    private static void Say(string line)
    {
        if (!line.StartsWith("progress ", StringComparison.Ordinal))
            Console.WriteLine(line);
        else if (Console.IsErrorRedirected)
            Console.Error.WriteLine(line["progress ".Length..]);
        else
            Console.Error.Write($"\r{line["progress ".Length..]}   ");
    }
}
