using Npgsql;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Chaos;

/// <summary>A fault of the cluster's processes, its database or X. When it returns, the fault is over.</summary>
/// <param name="Name">As in docs/chaos.md.</param>
/// <param name="InflictAsync">Inflicts it, holds it and ends it.</param>
/// <param name="Missing">What it needs and this machine lacks; null if nothing.</param>
internal sealed record ChaosFault(string Name, Func<ChaosTarget, Task> InflictAsync, string? Missing = null)
{
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan BeyondTheVotes = TimeSpan.FromSeconds(20);

    /// <summary>The rows of docs/chaos.md.</summary>
    public static IReadOnlyList<ChaosFault> All { get; } =
    [
        new("kill-silo", target => target.KillAsync(target.AnySilo())),
        new("kill-two-silos", target => target.KillAsync([.. target.Shuffled(ClusterProcesses.Silos).Take(2)])),
        new("kill-all-silos", target => target.KillAsync(ClusterProcesses.Silos)),
        new("kill-front-end", target => target.KillAsync(target.AnyFrontEnd())),
        new("freeze-silo-5", target => target.FreezeAsync(target.AnySilo(), TimeSpan.FromSeconds(5))),
        new("freeze-silo-15", target => target.FreezeAsync(target.AnySilo(), TimeSpan.FromSeconds(15))),
        new("freeze-silo-40", target => target.FreezeAsync(target.AnySilo(), TimeSpan.FromSeconds(40))),
        new("rolling-restart", target => target.RestartEachAsync([.. ClusterProcesses.Silos, .. ClusterProcesses.FrontEndNames])),
        new("three-silos-to-one", target => target.StopAndStartAsync([.. target.Shuffled(ClusterProcesses.Silos).Take(2)])),
        new("cut-off-silo", target => target.CutOffAsync(BeyondTheVotes, target.AnySilo()), Firewall.Missing),
        new("cut-off-silos", target => target.CutOffAsync(Hold, ClusterProcesses.Silos), Firewall.Missing),
        new("freeze-database", target => target.FreezeAsync("postgres", TimeSpan.FromSeconds(20))),
        new("restart-database", target => target.StopAndStartAsync("postgres")),
        new("kill-database", target => target.KillAsync("postgres")),
        new("no-connections-left", UseUpConnectionsAsync),
        new("disk-full", target => target.FillDiskAsync(Hold * 2), SmallDisk.Missing),
        new("x-unavailable", target => target.FaultAsync(new { endpoint = "*", variant = "unavailable_json" }, Hold)),
        new("x-stands-still", target => target.FaultAsync(new { endpoint = "*", stall = true }, Hold)),
        new("x-loses-answers", target => target.FaultAsync(
                new
                {
                    endpoint = "POST /2/tweets",
                    lost_response = true,
                    ratio = 0.2,
                    seed = target.Random.Next(),
                },
                Hold
            )),
        new("tokens-stand-still", target => target.FaultAsync(new { endpoint = "token", stall = true }, Hold)),
        new(LostTokenAnswers, target => target.FaultAsync(
                new
                {
                    endpoint = "token",
                    lost_response = true,
                    ratio = 0.1,
                    seed = target.Random.Next(),
                },
                Hold
            )),
    ];

    /// <summary>The one fault that alone may sign a user out: the single-use token is spent, and the new one is lost.</summary>
    public const string LostTokenAnswers = "token-answers-lost";

    private static readonly string[] KillsSilos = ["kill-silo", "kill-two-silos", "kill-all-silos", "freeze-silo-15", "freeze-silo-40"];
    private static readonly string[] TakesTheDatabase =
    [
        "freeze-database",
        "restart-database",
        "kill-database",
        "no-connections-left",
        "disk-full",
    ];

    /// <summary>
    /// Whether a user may have to sign in again: the answer with the new token was lost, or it was in a silo's memory alone, for the
    /// database took no writes, when that silo died.
    /// </summary>
    public static bool MaySignOut(IReadOnlyList<ChaosFault> faults) =>
        faults.Any(fault => fault.Name is LostTokenAnswers)
        || (faults.Any(fault => KillsSilos.Contains(fault.Name)) && faults.Any(fault => TakesTheDatabase.Contains(fault.Name)));

    private static async Task UseUpConnectionsAsync(ChaosTarget target)
    {
        List<NpgsqlConnection> held = [];
        try
        {
            while (held.Count < 400)
            {
                var connection = new NpgsqlConnection(target.Cluster.Database + ";Pooling=false;Timeout=5");
                held.Add(connection);
                await connection.OpenAsync();
            }
        }
        catch (NpgsqlException)
        {
            await ChaosTarget.WaitAsync(Hold);
        }
        finally
        {
            foreach (var connection in held)
                await connection.DisposeAsync();
        }
    }
}

/// <summary>What a fault acts on.</summary>
internal sealed record ChaosTarget(ClusterProcesses Cluster, SandboxControl X, Random Random)
{
    /// <summary>From the death of a process to its next start.</summary>
    private static readonly TimeSpan Down = TimeSpan.FromSeconds(3);

    public string AnySilo() => ClusterProcesses.Silos[Random.Next(ClusterProcesses.Silos.Length)];

    public string AnyFrontEnd() => ClusterProcesses.FrontEndNames[Random.Next(ClusterProcesses.FrontEndNames.Length)];

    public string[] Shuffled(string[] names)
    {
        string[] shuffled = [.. names];
        Random.Shuffle(shuffled);
        return shuffled;
    }

    /// <summary>SIGKILL to all of them at once, and a start of each.</summary>
    public async Task KillAsync(params string[] names)
    {
        await Cluster.KillAsync(names);
        await WaitAsync(Down);
        await StartAgainAsync(names);
    }

    public async Task StopAndStartAsync(params string[] names)
    {
        await Cluster.StopAsync(names);
        await WaitAsync(Down);
        await StartAgainAsync(names);
    }

    public async Task RestartEachAsync(string[] names)
    {
        foreach (var name in names)
        {
            await Cluster.StopAsync(name);
            await Cluster.StartAsync(name);
        }
    }

    // PostgreSQL does not start on a full disk: whoever runs it starts it again.
    private async Task StartAgainAsync(string[] names)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await Cluster.StartAsync(names);
                return;
            }
            catch (Exception) when (names.Contains("postgres") && tries < 10)
            {
                await WaitAsync(Down);
            }
        }
    }

    /// <summary>SIGSTOP for a time. A silo that was declared dead meanwhile ends its process, and is started again.</summary>
    public async Task FreezeAsync(string name, TimeSpan time)
    {
        SignalUnlessGone(name, "STOP");
        await WaitAsync(time);
        SignalUnlessGone(name, "CONT");
        await WaitAsync(Down);
        await Cluster.StartAsync(name);
    }

    /// <summary>No packet reaches these silos from other silos, nor do theirs on the same connections.</summary>
    public async Task CutOffAsync(TimeSpan time, params string[] silos)
    {
        await using (await Firewall.CloseAsync([.. silos.Select(Cluster.SiloPort)]))
            await WaitAsync(time);
    }

    /// <summary>The database's disk has no room. Without room for its log, PostgreSQL stops; then it is started again.</summary>
    public async Task FillDiskAsync(TimeSpan time)
    {
        using (Cluster.Disk!.Fill())
            await WaitAsync(time);
        await WaitAsync(Down);
        await Cluster.StartAsync("postgres");
    }

    public async Task FaultAsync(object fault, TimeSpan time)
    {
        await X.AddFaultAsync(fault);
        await WaitAsync(time);
        await X.ClearFaultsAsync();
    }

    // Another fault may have killed it.
    private void SignalUnlessGone(string name, string signal)
    {
        try
        {
            Cluster.Signal(name, signal);
        }
        catch (FileNotFoundException)
        {
            // It has no process id any more.
        }
    }

    public static Task WaitAsync(TimeSpan time) => Task.Delay(time, TimeProvider.System);
}
