using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Grains.Circuit;
using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Processes;

public sealed class XDownTests(ClusterProcesses cluster, ITestOutputHelper output) : ProcessTest(cluster, output)
{
    [ProcessFact]
    public async Task While_X_is_down_the_circuit_opens_on_every_silo_one_probe_goes_out_and_all_close_again()
    {
        await using var view = await ClusterView.ConnectAsync(Cluster);
        var (bySilo, accounts) = await AccountsOnEverySiloAsync(view);
        var boards = new BoardLog();
        await view.SubscribeAsync(boards);

        // Down: every call is answered 503 by X until the circuit answers instead.
        await X.AddFaultAsync(new { endpoint = "*", status = 503 });
        List<CallResult> results = [];
        await Eventually.TrueAsync("the singleton opens the circuit", TimeSpan.FromSeconds(20), async () =>
        {
            results.AddRange(await ReadEachAsync(accounts));
            return boards.FirstAt(IsOpen) is not null;
        });
        results.AddRange(await ReadEachAsync(accounts));
        var decidedAt = boards.FirstAt(IsOpen)!.Value;
        foreach (var (silo, hosted) in bySilo)
        {
            var onSilo = results.Where(result => hosted.Contains(result.Account)).ToList();
            var lastThrough = onSilo.Where(result => result.Reason is null).Max(result => result.StartedAt) - decidedAt;
            var firstRefused = onSilo.Where(result => result.Reason == "circuit_open").Min(result => result.EndedAt) - decidedAt;
            Figure(
                $"Circuit on {silo}: first refusal after the decision",
                $"{firstRefused.TotalMilliseconds:F0} ms (last call let through {lastThrough.TotalMilliseconds:F0} ms)"
            );
            Assert.InRange(lastThrough, TimeSpan.MinValue, TimeSpan.FromSeconds(1));
            Assert.InRange(firstRefused, TimeSpan.MinValue, TimeSpan.FromSeconds(1));
        }

        // Half-open: X holds the probe back, and nothing else reaches it meanwhile.
        await X.ClearFaultsAsync();
        var hold = await X.AddFaultAsync(new { endpoint = "*", stall = true });
        List<Task<CallResult>> calls = [];
        var before = (await X.SeenAsync()).Total;
        await Eventually.TrueAsync("a probe goes out", TimeSpan.FromSeconds(20), async () =>
        {
            calls.AddRange(accounts.Select(account => Balancer.ReadAsync(account)));
            return await X.HitsAsync(hold) > 0;
        });
        for (var i = 0; i < 5; i++)
            calls.AddRange(accounts.Select(account => Balancer.ReadAsync(account)));
        await Eventually.TrueAsync("every call but the probe is refused", TimeSpan.FromSeconds(10), () =>
            Task.FromResult(calls.Count(call => !call.IsCompleted) == 1)
        );
        var seen = await X.SeenAsync();
        Figure("Half-open: calls made / that reached X", $"{calls.Count} / {seen.Total - before}");
        Assert.Equal((1, 1), (seen.Total - before, seen.Concurrent));

        // X is back: the probe succeeds, and every silo closes.
        await X.ClearFaultsAsync();
        var closedAfter = await Eventually.TrueAsync("all silos close", TimeSpan.FromSeconds(10), async () =>
            (await ReadEachAsync(accounts)).All(result => result.Succeeded)
        );
        var ended = await Task.WhenAll(calls);
        Figure("All accounts on all silos served again, after X was", $"{closedAfter.TotalMilliseconds:F0} ms");
        Assert.Single(ended, result => result.Succeeded);
    }

    [ProcessFact]
    public async Task The_singleton_handles_no_message_on_the_path_of_an_ordinary_call()
    {
        await using var view = await ClusterView.ConnectAsync(Cluster);
        var (_, accounts) = await AccountsOnEverySiloAsync(view);
        var startedAt = TimeProvider.System.GetTimestamp();
        var before = await MessagesAsync();
        for (var i = 0; i < 40; i++)
            AllSucceeded(await ReadEachAsync(accounts));
        var calls = 40 * accounts.Length;
        // Its silo tells the dashboard once a second; one message more says that all before it have been told.
        var (told, messages) = (Since(before, await MessagesAsync()), 0L);
        await Eventually.TrueAsync("the dashboard counts a later message", TimeSpan.FromSeconds(10), async () =>
            (messages = Since(before, await MessagesAsync())) > told
        );
        var seconds = TimeProvider.System.GetElapsedTime(startedAt).TotalSeconds;

        // Three silos, each with at most a report per interval and a subscription per two seconds, whatever the load.
        var bound =
            ClusterProcesses.Silos.Length
                * seconds
                * (1 / CircuitSync.ReportInterval.TotalSeconds + 1 / CircuitSync.SubscribeInterval.TotalSeconds)
            + 10;
        Figure(
            "Ordinary calls / messages at the singleton",
            $"{calls} / {messages} in {seconds:F1} s; reports and subscriptions of three silos may be {bound:F0}"
        );
        Assert.InRange(messages, 0, (long)bound);
        Assert.True(messages * 3 < calls, $"{messages} messages for {calls} calls");

        Task<Dictionary<(string Method, string Second), long>> MessagesAsync() => view.HandledAsync(typeof(CircuitBreakerGrain));
    }

    private static bool IsOpen(CircuitSnapshot board) =>
        board.Families.Any(family => family is { Family: "users", State: CircuitState.Open });

    // By the second: what was counted before leaves the dashboard's 100 s one second after the other. The grain's own timer is no message.
    private static long Since(
        Dictionary<(string Method, string Second), long> before,
        Dictionary<(string Method, string Second), long> now
    ) => now.Where(entry => entry.Key.Method is not "InvokeCallbackAsync").Sum(entry => entry.Value - before.GetValueOrDefault(entry.Key));

    private Task<CallResult[]> ReadEachAsync(Account[] accounts) => Task.WhenAll(accounts.Select(account => Balancer.ReadAsync(account)));

    private async Task<(Dictionary<string, HashSet<Account>> BySilo, Account[] Accounts)> AccountsOnEverySiloAsync(ClusterView view)
    {
        Dictionary<string, HashSet<Account>> bySilo = [];
        List<Account> accounts = [];
        while (bySilo.Count < ClusterProcesses.Silos.Length)
        {
            Assert.True(accounts.Count < 90, $"90 accounts are on {string.Join(", ", bySilo.Keys)} only.");
            foreach (var account in await Balancer.SignInAsync($"down{Guid.NewGuid().ToString("N")[..6]}x", 15))
            {
                AllSucceeded([await Balancer.ReadAsync(account)]);
                var host = (await view.HostOfAsync(account))!;
                if (!bySilo.TryGetValue(host, out var hosted))
                    bySilo[host] = hosted = [];
                hosted.Add(account);
                accounts.Add(account);
            }
        }

        return (bySilo, [.. accounts]);
    }
}
