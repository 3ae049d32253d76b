using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Fuzzing;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Errors;

/// <summary>
/// A short run of the fuzzer, with a fixed seed. <c>dotnet run -c Release --project Benchmarks -- fuzz</c> is the long one, with any seed;
/// it also measures memory.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int Rounds = 15;
    private const string AdminKey = "otpk_an-operators-key";

    [Theory]
    [InlineData(1)]
    public async Task Made_up_requests_and_a_failing_X_are_answered_as_documented(int seed)
    {
        using var logs = new CapturedLogs();
        await using var x = await SandboxServer.StartAsync(
            new()
            {
                Url = "http://127.0.0.1:0",
                EnforceLimits = false,
                MediaProcessingDuration = TimeSpan.Zero,
            }
        );
        await using var proxy = await ProxyHost.StartAsync(
            new()
            {
                Sandbox = x,
                Customize = logs.AddTo,
                Settings = new Dictionary<string, string>(SignInSteps.ReturnUrlRegistered)
                {
                    ["Ops:AdminKeys:0"] = ApiKey.Hash(AdminKey),
                    ["Logging:LogLevel:Default"] = "Error",
                    ["Cluster:Dashboard"] = "true",
                    ["Twitter:RequestTimeout"] = "00:00:03",
                    ["Media:SegmentRetryTime"] = "00:00:05",
                },
            }
        );
        var read = 0;
        var subject = new FuzzSubject
        {
            Proxies = [proxy.Url],
            AdminKey = AdminKey,
            ReturnUrl = new(SignInSteps.ReturnUrl),
            TakeLog = () => Errors(logs.Entries, ref read),
        };
        using var run = new FuzzRun(
            subject,
            new()
            {
                Seed = seed,
                Rounds = Rounds,
                Bound = TimeSpan.FromMinutes(1),
            },
            output.WriteLine
        );

        var report = await run.RunAsync();

        Assert.True(report.Finds.Count == 0, string.Join("\n\n", report.Finds));
        Assert.Equal(Rounds * FuzzRun.RoundLength, report.Requests);
    }

    // Warnings may come of a busy machine.
    private static List<LogLine> Errors(IReadOnlyList<LogEntry> entries, ref int read)
    {
        var fresh = entries.Skip(read).ToList();
        read += fresh.Count;
        return
        [
            .. fresh
                .Where(entry => entry.Level >= LogLevel.Error)
                .Select(entry => new LogLine(entry.Level.ToString(), entry.Category, entry.Message, entry.Exception)),
        ];
    }
}
